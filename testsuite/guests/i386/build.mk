# build.mk - the hostile guest of 32 bits, into OUT: for hosts with PAE and without.
# SPDX-License-Identifier: GPL-2.0-or-later
#
#	make -C testsuite/guests/i386 -f build.mk OUT=dir

OUT ?= .
CC ?= gcc
LGUEST_INCLUDE ?= ../../../include
GUEST_CFLAGS = -m32 -march=i686 -std=gnu11 -O2 -Wall -Wextra -ffreestanding -fno-builtin \
  -fno-strict-aliasing -mgeneral-regs-only -fno-pic -fno-pie -fno-omit-frame-pointer \
  -fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables \
  -I$(LGUEST_INCLUDE)
SOURCES = start.S guest.c rules.c segments.c

all: $(OUT)/hostile-i386 $(OUT)/hostile-i386-pae

$(OUT)/hostile-i386-pae: PAE = -DPAE
$(OUT)/hostile-i386 $(OUT)/hostile-i386-pae: $(SOURCES) guest.h guest.lds
	@mkdir -p $(@D)
	$(CC) $(GUEST_CFLAGS) $(PAE) -nostdlib -static -no-pie -Wl,--build-id=none \
	  -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack -Wl,--no-warn-rwx-segments \
	  -Wl,-T,guest.lds -o $@ $(SOURCES)

.PHONY: all
