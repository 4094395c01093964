# launcher-i386.mk - the launcher for i386, static, into OUT.
# SPDX-License-Identifier: GPL-2.0-or-later
#
#	make -f launcher-i386.mk SOURCE=dir CONFIG=dir SYSROOT=dir OUT=dir
#
# SOURCE is lguest's source, CONFIG where config.h is, SYSROOT has i386's libraries.
# What is built is what src/Makefile.am builds; there is no second configuration.

CC ?= gcc
LIBRARIES = -lconfuse -lz -llzma -lzstd -llz4 -lbz2 -lseccomp -lcap-ng -lpthread
PROGRAM_CFLAGS = -m32 -O2 -Wall -Wextra -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -pthread \
  -I$(CONFIG) -I$(SOURCE)/include -I$(SOURCE)/src/i386 -I$(SOURCE)/src/lib \
  -I$(SOURCE)/src -isystem $(SYSROOT)/usr/include \
  -DLOCALEDIR=\"/usr/share/locale\" -DCONFIG_DIRECTORY=\"/etc/lguest\" \
  -DGUEST_DIRECTORY=\"/usr/lib/lguest\" \
  -DPKGLIBEXECDIR=\"/usr/libexec/lguest\" -DSYSCONFDIR=\"/etc\"

# The C files of three of its variables.
SOURCES := $(shell awk '/^(lguest|liblauncher_la|liblguest_la)_SOURCES/ { on = 1 } \
    on { for (i = 1; i <= NF; i++) if ($$i ~ /\.c$$/) print "$(SOURCE)/src/" $$i } \
    !/\\$$/ { on = 0 }' $(SOURCE)/src/Makefile.am)
OBJECTS := $(SOURCES:$(SOURCE)/src/%.c=$(OUT)/objects/%.o)

$(OUT)/lguest: $(OBJECTS)
	$(CC) -m32 -static -o $@ $^ -L$(SYSROOT)/usr/lib/i386-linux-gnu $(LIBRARIES)

$(OUT)/objects/%.o: $(SOURCE)/src/%.c
	@mkdir -p $(@D)
	$(CC) $(PROGRAM_CFLAGS) -c -o $@ $<
