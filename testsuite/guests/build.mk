# build.mk - the hostile guest, into OUT.
# SPDX-License-Identifier: GPL-2.0-or-later
#
#	make -C testsuite/guests -f build.mk OUT=dir

OUT ?= .
CC ?= gcc
LGUEST_INCLUDE ?= ../../include
SOURCES = guest.c hypercalls.c tables.c returns.c switcher.c instructions.c smp.c \
  tlb.c backtrace.c virtio.c
OBJECTS = $(OUT)/start.o $(SOURCES:%.c=$(OUT)/%.o)
GUEST_CFLAGS = -std=gnu11 -O2 -Wall -Wextra -ffreestanding -fno-builtin -fno-strict-aliasing \
  -mcmodel=kernel -mno-red-zone -mgeneral-regs-only -fno-pic -fno-pie \
  -fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables \
  -I$(LGUEST_INCLUDE)

all: $(OUT)/hostile

$(OUT)/hostile: $(OBJECTS) guest.lds
	$(CC) -nostdlib -static -no-pie -Wl,--build-id=none \
	  -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack -Wl,--no-warn-rwx-segments \
	  -Wl,-T,guest.lds -o $@ $(OBJECTS)

$(OUT)/%.o: %.c guest.h
	@mkdir -p $(@D)
	$(CC) $(GUEST_CFLAGS) -c -o $@ $<

$(OUT)/start.o: start.S
	@mkdir -p $(@D)
	$(CC) $(GUEST_CFLAGS) -c -o $@ $<

.PHONY: all
