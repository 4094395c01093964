# peers.sh - for run-bench: how to run the benchmark in each system.
#
# measure PEER sets $measured to a file of counts per operation (reduce.awk),
# named after what went into it, so nothing is measured twice.
#
# SPDX-License-Identifier: GPL-2.0-or-later

# What the benchmark gets as arguments, by peer: the slow ones do less.
bench_arguments () {
    case $arch,$1 in
        i386*,native) echo "-b,-r,3,$operations_i386" ; return ;;
        i386*,uml) echo "-s,5,-r,2,$operations_i386" ; return ;;
        i386*) echo "-r,3,$operations_i386" ; return ;;
    esac
    case $1 in
        uml) echo "-s,5,-r,2" ;;
        tcg) echo "-s,50,-r,1" ;;
        *) case $profile in
               ''|boot-to-init) echo "-r,3" ;;
               *) echo "-r,3,$profile" ;;
           esac ;;
    esac
}

# Of i386, those that there are aims for, and a few more.
operations_i386=integer,float,null-call,gettimeofday,signal,protection-fault
operations_i386=$operations_i386,anonymous-fault,cached-read-1M,pipe-process
operations_i386=$operations_i386,context-switch,fork-exit,fork-exec

# All that decides how many instructions PEER takes.
inputs_of () {
    echo "$1 $tools $kernel_key $exact $cpu $guest_mebibytes" \
        "$(bench_arguments "$1") $(qemu_version) ${profile:+profile}"
    cat "$here/peers.sh" "$here/reduce.awk"
    [ "$1" != native ] || return 0
    echo "$host"
    cat "$top/testsuite/emuhost" "$top"/testsuite/emuhost.d/*
    case $1 in
        lguest)
            find "$top/module" "$top/switcher" "$top/include" -name '*.[chS]' |
                LC_ALL=C sort | xargs cat
            launcher=${LGUEST_BUILD:-$top}/src
            cat "$launcher/.libs/lguest" 2>/dev/null || cat "$launcher/lguest"
            ;;
        uml) uml_version ;;
    esac
}

measure () {
    peer=$1
    key=$(inputs_of "$peer" | digest)
    mkdir -p "$cache/ops" "$cache/runs"
    measured=$cache/ops/$key/$peer.ops
    [ -z "$again" ] || rm -f "$measured"
    if [ ! -e "$measured" ]; then
        run=$cache/runs/$peer${profile:+-profile}
        rm -rf "$run"
        mkdir -p "$run" "${measured%/*}"
        say "measuring: $peer"
        "run_$peer"
        awk -f "$here/reduce.awk" "$run/output" "$run/counts" \
            >"$measured.new" || {
            tail -n 20 "$run/output" >&2
            die "$peer did not run to the end; see $run"
        }
        mv "$measured.new" "$measured"
    fi
}

# --- The kernel by itself.

run_native () {
    plugin=$tools/tcgcount.so,out=$run/counts,first=9:$(pvh_entry "$kernel")
    plugin=$plugin$(waiting "$kernel")$(switcher_option)
    if [ -n "$profile" ]; then
        list_functions "$kernel" >"$run/functions"
        plugin=$plugin,host=$run/functions
    fi
    timeout 900 qemu-system-x86_64 -accel tcg,thread=single -cpu $cpu -smp 1 \
        -m ${guest_mebibytes}M -nodefaults -no-user-config -display none \
        -no-reboot -serial "file:$run/output" $exact \
        -icount shift=0,sleep=off -rtc base=2026-01-01T00:00:00,clock=vm \
        -plugin "file=$plugin" -kernel "$(native_image)" \
        -initrd "$tools/initrd" -append "console=ttyS0 quiet panic=-1 nokaslr norandmaps \
random.trust_cpu=off lgbench=$(bench_arguments native)" \
        2>"$run/qemu.log" || { cat "$run/qemu.log" >&2; return 1; }
}

# --- Everything else runs in the emulated host.

# in_host PLUGIN-OPTIONS EMUHOST-OPTION... -- COMMAND: its output goes to
# $run/output.  Whatever it needs is in $run/files, which becomes /bench.
# Trouble in the host's log counts only if it can be lguest's: KVM and UML have
# their own.
in_host () {
    options=$1
    plugin_file=file=$tools/tcgcount.so
    shift
    status=0
    "$top/testsuite/emuhost" run --host="$host" --cpus=1 --bit-exact \
        --cpu=$cpu --no-guest --timeout=1800 --boot-timeout=1800 \
        --log="$run/host.log" \
        --qemu="-plugin $plugin_file,out=$run/counts$options" \
        --copy="$run/files:/bench" "$@" >"$run/output" </dev/null \
        2>"$run/emuhost.log" || status=$?
    if [ $status -ne 0 ] && [ "$peer" = lguest ]; then
        cat "$run/emuhost.log" >&2
        die "emuhost: status $status"
    fi
}

host_files () {
    mkdir -p "$run/files"
    cp "$tools/initrd" "$run/files/initrd"
    cp "$kernel" "$run/files/vmlinux"
}

# Where lg.ko and its Switcher are: "ADDRESS TYPE NAME" lines.  The same in
# every run, as the host's addresses are not random.
show_lg='
grep "\[lg\]" /proc/kallsyms | sed "s/^/@lg /"
dmesg | sed -n "s/.*lg: Switcher at /@switcher /p"'

# The functions of the host's kernel; its System.map is empty.
show_host='
grep -v "\[" /proc/kallsyms | sed -n "s/^[0-9a-f]* [tTwW] /@host &/p"'

# From the output of $show_lg, what tcgcount wants: all symbols by address,
# those of the Switcher where it runs.  "-" ends a list: not a function.
lg_functions () {
    awk '
        function hex(text,    i, n) {
            n = 0
            for (i = 1; i <= length(text); i++)
                n = n * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
            return n
        }
        { sub(/\r$/, "") }
        $1 == "@switcher" { base = $2; gsub(/^0x|,/, "", base) }
        $1 == "@lg" { address[$4] = $2; type[$4] = $3 }
        END {
            if (base == "" || !("switcher_start" in address))
                exit 1
            # Only the last eight digits are computed with: awk has doubles.
            start = hex(substr(address["switcher_start"], 9))
            end = hex(substr(address["switcher_end"], 9))
            high = substr(base, 1, 8)
            low = hex(substr(base, 9))
            for (name in address) {
                at = hex(substr(address[name], 9))
                if (at >= start && at < end)
                    printf "%s%08x t %s\n", high, low + at - start, name
                else if (type[name] ~ /[tT]/)
                    print address[name], "t", name
            }
            printf "%s%08x t -\n", high, low + end - start
        }' "$1" | LC_ALL=C sort
}

# For tcgcount: where i386's Switcher is.  Natively it is nowhere.
switcher_option () {
    case $arch in i386*) echo ",switcher=${switcher:-fffff000}" ;; esac
}

# i386's hosts do not tell the names in the Switcher; its stubs come first, and
# take 2048 bytes.
lg_functions_i386 () {
    sed -n 's/^@switcher 0x\([0-9a-f]*\), \([0-9]*\) bytes.*/\1 \2/p' "$1" | {
        read -r start size || exit 1
        printf '%08x t switcher_start\n%08x t switcher_enter\n%08x t -\n' \
            $((0x$start)) $((0x$start + 2048)) $((0x$start + size))
    } >"$1.switcher" || return 1
    tr -d '\r' <"$1" | sed -n 's/^@lg \([0-9a-f]* [tT] [^ \t]*\).*/\1/p' |
        cat - "$1.switcher" | LC_ALL=C sort
}

run_lguest () {
    host_files
    case $arch in i386*) functions_of=lg_functions_i386 ;; *) functions_of=lg_functions ;; esac
    in_host "" -- "$show_lg${profile:+$show_host}"
    $functions_of "$run/output" >"$run/functions" ||
        die "lg.ko does not say where its Switcher is; see $run/output"
    entry=$(sed -n 's/^\([0-9a-f]*\) t switcher_enter$/\1/p' "$run/functions")
    switcher=$(sed -n 's/^\([0-9a-f]*\) t switcher_start$/\1/p' "$run/functions")
    plugin=,first=9:0x$entry$(switcher_option),host=$run/functions
    if [ -n "$profile" ]; then
        sed -n 's/^@host //p' "$run/output" | tr -d '\r' >>"$run/functions"
        LC_ALL=C sort -o "$run/functions" "$run/functions"
        list_functions "$kernel" >"$run/guest-functions"
        plugin=$plugin,guest=$run/guest-functions
    fi
    cp "$run/functions" "$run/functions.probed"
    in_host "$plugin" -- "$show_lg
lguest --initrd=/bench/initrd $guest_mebibytes /bench/vmlinux quiet panic=-1 \
norandmaps lgbench=$(bench_arguments lguest)"
    $functions_of "$run/output" | cmp -s - "$run/functions.probed" ||
        [ -n "$profile" ] || die "lg.ko moved between two runs"
}

# UML of the architecture that is measured.
uml_apt () {
    case $arch in
        i386*) (cache=${cache%/bench}; apt_i386 "$@") ;;
        *) case $1 in
               policy) apt-cache "$@" ;;
               *) apt-get -q "$@" ;;
           esac ;;
    esac
}

uml_version () {
    uml_apt policy user-mode-linux | grep Candidate
}

# The program, and the libraries it wants, to the root of the host.
fetch_uml () {
    case $arch in
        i386*)
            (cache=${cache%/bench}
             mkdir -p "$run/root" && fetch_i386 "$run/uml" user-mode-linux &&
                 fetch_i386 "$run/root" libc6) || return 1 ;;
        *)
            (cd "$run/uml" && uml_apt download user-mode-linux >apt.log 2>&1 &&
                dpkg -x user-mode-linux_*.deb .) || return 1
            copy_libraries "$run/uml/usr/bin/linux.uml" ;;
    esac
    cp "$run/uml/usr/bin/linux.uml" "$run/files/"
}

run_uml () {
    mkdir -p "$run/uml" "$run/files"
    cp "$tools/initrd" "$run/files/initrd"
    fetch_uml || die "cannot fetch user-mode-linux"
    in_host "" --memory=2G --no-module --copy="$run/root:/" -- \
        "TMPDIR=/dev/shm /bench/linux.uml mem=${guest_mebibytes}M \
initrd=/bench/initrd con=null con0=null,fd:1 ssl=null quiet norandmaps \
lgbench=$(bench_arguments uml) </dev/null"
}

# QEMU and all it needs at run time, at the same paths as here.
host_qemu () {
    host_files
    mkdir -p "$run/root/usr/bin" "$run/root/usr/share/qemu" \
        "$run/root/usr/share/seabios"
    cp "$(command -v qemu-system-x86_64)" "$run/root/usr/bin/"
    copy_libraries "$run/root/usr/bin/qemu-system-x86_64"
    accelerator=$(dpkg -L qemu-system-common | grep 'accel-tcg-x86_64.so')
    mkdir -p "$run/root${accelerator%/*}"
    cp "$accelerator" "$run/root$accelerator"
    for file in bios-256k.bin linuxboot_dma.bin pvh.bin kvmvapic.bin; do
        for directory in /usr/share/qemu /usr/share/seabios; do
            [ ! -e $directory/$file ] ||
                cp -L $directory/$file "$run/root/usr/share/qemu/"
        done
    done
    cp "$tools/tcgcount.so" "$run/files/"
}

# Beside PROGRAM's own, the shared libraries go to the root of the host.
copy_libraries () {
    ldd "$1" | sed -n 's/^[^/]*\(\/[^ ]*\) .*/\1/p' |
        while read -r library; do
            mkdir -p "$run/root${library%/*}"
            cp -L "$library" "$run/root$library"
        done
}

run_qemu_in_host () {
    host_qemu
    in_host "" --memory=2G --no-module --copy="$run/root:/" -- \
        "modprobe kvm-amd
qemu-system-x86_64 $* -m $guest_mebibytes -nodefaults -no-user-config \
-display none -serial stdio -no-reboot \
-kernel /bench/vmlinux -initrd /bench/initrd \
-append 'console=ttyS0 quiet panic=-1 nokaslr norandmaps \
lgbench=$(bench_arguments "$peer")' </dev/null"
}

run_kvm () {
    run_qemu_in_host -accel kvm -cpu host
}

run_tcg () {
    run_qemu_in_host -accel tcg,tb-size=64 -cpu $cpu \
        -plugin file=/bench/tcgcount.so,relay=on
}
