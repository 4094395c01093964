# machine.sh - for run-bench: the machine whose every run is the same, and
# what is measured in it.
#
# SPDX-License-Identifier: GPL-2.0-or-later

# One processor that executes an instruction every nanosecond of its own time.
# The seed makes RDRAND repeat.  Without SMAP because QEMU 7.2 gets it wrong
# (testsuite/emuhost says how).
cpu=EPYC,+svm,-smap
exact='-seed 1'
guest_mebibytes=256

qemu_version () {
    qemu-system-x86_64 --version | sed -n '1s/.*version \([^ ]*\).*/QEMU \1/p'
}

# What is measured lies in one place: one bench at a time.
one_at_a_time () {
    mkdir -p "$cache"
    exec 9>"$cache/lock"
    flock -n 9 || {
        say "another bench is at work; waiting for it"
        flock 9
    }
}

digest () { sha256sum | cut -c1-24; }

# The benchmark program, the plugin, and the root that every system boots: a
# file system with nothing but the program, and busybox for sh.
build_tools () {
    # A program of i386 does without sh.
    mode= busybox=
    case $arch in
        i386*) mode='-m32 -msse2 -mfpmath=sse' ;;
        *) busybox=$(command -v busybox) ||
            die "needs busybox (busybox-static)" ;;
    esac
    tools=$cache/tools/$({
        cat "$here"/*.c "$here"/*.h "$here/machine.sh" $busybox
        echo $mode
        ${CC:-gcc} --version
    } | digest)
    if [ ! -d "$tools" ]; then
        say "building the benchmark program"
        mkdir -p "$cache/tools" "$cache/ops"
        rm -rf "$tools.new"
        mkdir -p "$tools.new/root/bin" "$tools.new/root/dev" \
            "$tools.new/root/proc"
        ${CC:-gcc} -std=gnu11 -O2 -Wall -Wextra -shared -fPIC \
            -o "$tools.new/tcgcount.so" "$here/tcgcount.c"
        ${CC:-gcc} -std=gnu11 -O2 -Wall -Wextra -shared -fPIC \
            -DQEMU_PLUGIN_INTERFACE=4 \
            -o "$tools.new/tcgcount-4.so" "$here/tcgcount.c"
        ${CC:-gcc} $mode -std=gnu11 -O2 -Wall -Wextra -static -s -pthread \
            -Wl,-e,lgbench_start -o "$tools.new/root/bin/lgbench" \
            "$here/lgbench.c" "$here"/op_*.c
        if [ -n "$busybox" ]; then
            cp "$busybox" "$tools.new/root/bin/busybox"
            for name in sh true; do
                ln -s busybox "$tools.new/root/bin/$name"
            done
        fi
        ln -s bin/lgbench "$tools.new/root/init"
        (cd "$tools.new/root" && find . -exec touch -h -d @0 {} + &&
            find . | LC_ALL=C sort |
            cpio --quiet --reproducible -R 0:0 -o -H newc) >"$tools.new/initrd"
        mv "$tools.new" "$tools"
    fi
}

# The kernel that is both the native one and the guest's.
find_guest () {
    if [ -z "$guest" ]; then
        guest=${LGUEST_GUEST:-$("$top/guestpv/build-guest" --arch=$arch |
            tail -n 1)}
    fi
    [ -e "$guest/vmlinux" ] || die "no vmlinux in '$guest'"
    kernel_key=$(digest <"$guest/vmlinux")
    kernel=$cache/tools/vmlinux-$kernel_key
    [ -e "$kernel" ] || {
        strip --strip-debug -o "$kernel.new" "$guest/vmlinux"
        mv "$kernel.new" "$kernel"
    }
    guest_version=$(strings -n 20 "$kernel" |
        sed -n 's/^Linux version \([^ ]*\) .*/\1/p' | head -n 1)
}

# The physical address at which a vmlinux begins natively: where its PVH note
# leads QEMU, or, on i386, where a bzImage's small program leads.
pvh_entry () {
    case $arch in i386*)
        readelf -h "$1" | sed -n 's/.*Entry point address: *//p'
        return ;;
    esac
    readelf -n "$1" 2>/dev/null |
        awk '/0x00000012/ { found = 1 }
             found && /description data:/ {
                 printf "0x%s%s%s%s\n", $6, $5, $4, $3; exit }'
}

# The file that QEMU boots.
native_image () {
    case $arch in
        i386*) echo "$guest/bzImage" ;;
        *) echo "$kernel" ;;
    esac
}

# The functions of a kernel image, as tcgcount wants them.
list_functions () {
    nm "$1" | grep ' [tTwW] ' | LC_ALL=C sort
}

# tcgcount's options for what is waiting in a kernel that boots on a PC: loops
# that count time for the timers' calibration.
waiting () {
    nm -S "$1" | awk '
        $4 ~ /^(setup_boot_APIC_clock|timer_irq_works|delay_tsc)$/ {
            printf ",range=waiting:0x%s-0x%s", $1, sum($1, $2)
        }
        function sum(a, b,    i, carry, d, text) {
            for (i = 16; i > 0; i--) {
                d = digit(a, i) + digit(b, i) + carry
                carry = int(d / 16)
                text = sprintf("%x", d % 16) text
            }
            return text
        }
        function digit(text, i) {
            return index("0123456789abcdef", substr(text, i, 1)) - 1
        }'
}
