# smp_qemu.sh - for run-bench-smp: a QEMU that runs several processors and counts
# their instructions.
#
# Debian 12's 7.2 cannot: with -icount a processor that waits for another in a
# loop never lets it run.  8.1 and later share time out fairly, and from 9.1
# on the plugin's counters are per processor.  Debian's own backport has one;
# if there is none installed it is unpacked in the cache, and used from there.
#
# SPDX-License-Identifier: GPL-2.0-or-later

smp_qemu_packages='qemu-system-x86 qemu-system-common qemu-system-data seabios'

# apt-get with lists of its own, so nothing of this machine's changes.
backports_apt () {
    command=$1
    shift
    "$command" -q -o Dir::Etc="$apt/etc" -o Dir::Etc::sourcelist="$apt/etc/sources.list" \
        -o Dir::Etc::sourceparts=- -o Dir::State="$apt/state" \
        -o Dir::State::status=/var/lib/dpkg/status -o Dir::Cache="$apt/cache" \
        -o APT::Sandbox::User=root "$@"
}

fetch_smp_qemu () {
    apt=$1/apt
    mkdir -p "$1/deb" "$1/root" "$1/bin" "$apt/etc/apt.conf.d" \
        "$apt/etc/preferences.d" "$apt/state/lists/partial" \
        "$apt/cache/archives/partial"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
        "http://deb.debian.org/debian bookworm-backports main" \
        >"$apt/etc/sources.list"
    backports_apt apt-get update &&
        (cd "$1/deb" && backports_apt apt-get download $smp_qemu_packages) ||
        return 1
    for package in "$1"/deb/*.deb; do
        dpkg -x "$package" "$1/root" || return 1
    done
    rm -rf "$apt" "$1/deb"
    # It looks for its files where it would be installed.
    cat >"$1/bin/qemu-system-x86_64" <<'END'
#!/bin/sh
root=$(dirname "$(dirname "$(readlink -f "$0")")")/root
QEMU_MODULE_DIR=$root/usr/lib/x86_64-linux-gnu/qemu
export QEMU_MODULE_DIR
exec "$root/usr/bin/qemu-system-x86_64" -L "$root/usr/share/qemu" \
    -L "$root/usr/share/seabios" "$@"
END
    chmod +x "$1/bin/qemu-system-x86_64"
}

# Is qemu-system-x86_64 9.1 or later, and does it run?
recent_qemu () {
    qemu-system-x86_64 --version 2>/dev/null |
        sed -n '1s/.*version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p' |
        { read -r major minor && [ "$((major * 100 + minor))" -ge 901 ]; }
}

# Put such a QEMU first on PATH.
find_smp_qemu () {
    recent_qemu && return
    if [ ! -d "$cache/qemu" ]; then
        say "fetching a QEMU that counts with several processors (once)"
        rm -rf "$cache/qemu.new"
        mkdir -p "$cache/qemu.new"
        fetch_smp_qemu "$cache/qemu.new" >"$cache/qemu.log" 2>&1 || {
            tail -n 5 "$cache/qemu.log" >&2
            die "QEMU 9.1 or later is needed; Debian's backports have it"
        }
        mv "$cache/qemu.new" "$cache/qemu"
    fi
    PATH=$cache/qemu/bin:$PATH
    recent_qemu || die "$cache/qemu/bin/qemu-system-x86_64 does not run"
}
