# apt-i386.sh - packages of i386, for emuhost and the bench: fetched and unpacked,
# never installed.  Wants $cache, say() of who reads it.
# SPDX-License-Identifier: GPL-2.0-or-later

# apt-get for packages of i386.  This machine's dpkg need not know that there is a
# second architecture: apt keeps what it knows of it in the cache.
apt_i386 () {
    local state=$cache/apt-i386 tool=apt-get
    mkdir -p "$state/lists/partial" "$state/archives/partial"
    case $1 in depends|policy) tool=apt-cache ;; esac
    $tool -qq -o APT::Architecture=i386 -o APT::Architectures=i386 \
	-o Dir::State::lists="$state/lists" -o Dir::Cache="$state" \
	-o Dir::State::status=/dev/null -o APT::Sandbox::User=root "$@"
}

# fetch_i386 DIRECTORY PACKAGE: fetch a package and unpack it there.
fetch_i386 () {
    local out=$1 package=$2 deb=$1/deb
    say "fetching $package for i386 (once)"
    mkdir -p "$deb"
    # A mirror that lacks one list has the others.
    (cd "$deb" && { apt_i386 download "$package" 2>/dev/null ||
	{ apt_i386 update; apt_i386 download "$package"; }; }) || {
	say "cannot fetch $package for i386"
	return 1
    }
    dpkg --fsys-tarfile "$deb"/*.deb | tar -x -C "$out" --no-same-owner &&
	rm -rf "$deb"
}
