# build.mk - the test programs, static, into OUT.
# SPDX-License-Identifier: GPL-2.0-or-later
#
#	make -C testsuite/programs -f build.mk OUT=dir [i386]
#
# Programs of the Guest (and of the Host, which runs the same suite) go to
# OUT, those that need the Host's devices to OUT/host.  "i386" makes those that
# there are for 32 bits, and wants CC="gcc -m32".

OUT ?= .
CC ?= gcc
TEST_CFLAGS = -O2 -g0 -Wall -Wextra -std=gnu11 -static -pthread
LGUEST_INCLUDE ?= ../../include

include programs.mk

all: $(PROGRAMS:%=$(OUT)/%) $(HOST_PROGRAMS:%=$(OUT)/host/%) \
  $(SCRIPTS:%=$(OUT)/%)

i386: $(PROGRAMS_I386:%=$(OUT)/%) $(HOST_PROGRAMS_I386:%=$(OUT)/host/%) \
  $(OUT)/all-tests

# What depends on the processor.
MACHINE = x86_64
i386: MACHINE = i386

$(PROGRAMS:%=$(OUT)/%): $(OUT)/%: %.c check.c check.h
	@mkdir -p $(@D)
	$(CC) $(TEST_CFLAGS) -o $@ $< check.c

$(HOST_PROGRAMS:%=$(OUT)/host/%): $(OUT)/host/%: host/%.c check.c check.h \
  $(wildcard host/*.h host/*/*.h)
	@mkdir -p $(@D)
	$(CC) $(TEST_CFLAGS) -I. -Ihost/$(MACHINE) -I$(LGUEST_INCLUDE) -o $@ $< check.c

$(SCRIPTS:%=$(OUT)/%): $(OUT)/%: %
	@mkdir -p $(@D)
	@cmp -s $< $@ || cp $< $@
	@chmod +x $@

.PHONY: all i386
