# build_root.sh - for run-bench-smp: a root in which a C package can be built.
#
# lgbench's root, and besides Debian's make, tcc (a compiler that is small and
# quick, and needs no assembler) and the C library's headers, and the sources of
# Lua from Debian's source package.  All is checked by APT, nothing is installed.
#
# SPDX-License-Identifier: GPL-2.0-or-later

build_packages='tcc make libc6 libc6-dev linux-libc-dev'
build_source=lua5.4

fetch_build_files () {
    work=$1
    mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/deb" \
        "$work/files"
    . /etc/os-release
    echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
        "http://deb.debian.org/debian $VERSION_CODENAME main" \
        >"$work/source.list"
    (cd "$work/deb" && apt-get -q download $build_packages) || return 1
    for package in "$work"/deb/*.deb; do
        dpkg -x "$package" "$work/files" || return 1
    done
    # With a list of its own: this machine's need not have sources.
    apt_here='-q -o Dir::Etc::sourceparts=- -o APT::Sandbox::User=root'
    apt_here="$apt_here -o Dir::Etc::sourcelist=$work/source.list"
    apt_here="$apt_here -o Dir::State::lists=$work/lists -o Dir::Cache=$work"
    apt-get $apt_here update || return 1
    # Not `apt-get source', which wants more than the tarball.
    apt-get $apt_here source --print-uris --only-source $build_source |
        tr -d "'" | grep 'orig\.tar\.' >"$work/uri" || return 1
    read -r uri name size sum <"$work/uri"
    /usr/lib/apt/apt-helper $apt_here download-file "$uri" \
        "$work/$name" "$sum" || return 1
    mkdir "$work/source"
    tar -x -f "$work/$name" -C "$work/source" --no-same-owner \
        --strip-components=1
}

# fill_build_root ROOT FILES SOURCE: what is needed, and no more.
fill_build_root () {
    lib=lib/x86_64-linux-gnu
    mkdir -p "$1/usr/bin" "$1/usr/$lib" "$1/$lib" "$1/lib64" "$1/tmp" "$1/src"
    cp "$2/usr/bin/tcc" "$2/usr/bin/make" "$1/usr/bin/"
    for name in ld-linux-x86-64.so.2 libc.so.6 libm.so.6 libmvec.so.1 \
        libdl.so.2 libpthread.so.0; do
        cp -L "$2/$lib/$name" "$1/$lib/"
    done
    ln -s "../$lib/ld-linux-x86-64.so.2" "$1/lib64/"
    for name in crt1.o crti.o crtn.o libc.so libc_nonshared.a libm.so; do
        cp "$2/usr/$lib/$name" "$1/usr/$lib/"
    done
    mkdir "$1/usr/$lib/tcc"
    cp -r "$2/usr/$lib/tcc/include" "$2/usr/$lib/tcc/libtcc1.a" \
        "$1/usr/$lib/tcc/"
    cp -r "$2/usr/include" "$1/usr/"
    cp "$3"/src/*.[ch] "$3/src/Makefile" "$1/src/"
}

# Sets $build_initrd.  The packages' versions are those of the day it is made.
make_build_root () {
    build_root=$cache/build-root/$({
        cat "$here/build_root.sh"
        echo "$tools"
    } | digest)
    build_initrd=$build_root/initrd
    [ ! -e "$build_initrd" ] || return 0
    say "making a root to build things in (once)"
    rm -rf "$build_root.new"
    mkdir -p "$build_root.new/root"
    fetch_build_files "$build_root.new" >"$build_root.log" 2>&1 || {
        tail -n 5 "$build_root.log" >&2
        die "some packages cannot be fetched; see $build_root.log"
    }
    cp -a "$tools/root/." "$build_root.new/root/"
    ln -s busybox "$build_root.new/root/bin/rm"
    ln -s busybox "$build_root.new/root/bin/uname"
    fill_build_root "$build_root.new/root" "$build_root.new/files" \
        "$build_root.new/source"
    (cd "$build_root.new/root" && find . -exec touch -h -d @0 {} + &&
        find . | LC_ALL=C sort |
        cpio --quiet --reproducible -R 0:0 -o -H newc) \
        >"$build_root.new/initrd"
    rm -rf "$build_root"
    mkdir "$build_root"
    mv "$build_root.new/initrd" "$build_initrd"
    rm -rf "$build_root.new"
}
