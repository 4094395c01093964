# machine.sh - the emulated host's machine when it is Bochs; emuhost reads it.
#
# SPDX-License-Identifier: GPL-2.0-or-later

# The Bochs that build-bochs makes is one for all sources of ours that have the
# same patch.
bochs_key () {
    cat "$here"/bochs/{build-bochs,add-pcids,pcid_tlb.cc} | digest
}

bochs_is_built () { [ -d "$cache/bochs/$(bochs_key)" ]; }

build_bochs () {
    say "building Bochs (minutes, once)"
    CCACHE_DIR=${CCACHE_DIR:-$cache/ccache} "$here/bochs/build-bochs" "$1" \
	>"$cache/bochs-build.log" 2>&1 || {
	tail -n 20 "$cache/bochs-build.log"
	return 1
    }
}

get_bochs () {
    need_tools g++ perl xorriso
    cached bochs "$(bochs_key)" build_bochs || die "cannot build Bochs"
    bochs=$entry
}

# Bochs boots what a BIOS boots: kernel and root on a CD.
make_boot_cd () {
    local image=$1 initrd=$2 words=$3
    mkdir -p "$work/cd/isolinux"
    cp "$bochs/isolinux.bin" "$bochs/ldlinux.c32" "$work/cd/isolinux/"
    ln -s "$image" "$work/cd/isolinux/linux"
    ln -s "$initrd" "$work/cd/isolinux/initrd"
    cat >"$work/cd/isolinux/isolinux.cfg" <<END
default host
prompt 0
label host
  kernel linux
  initrd initrd
  append $words
END
    xorriso -as mkisofs -quiet -f -o "$work/boot.iso" -b isolinux/isolinux.bin \
	-c isolinux/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table \
	"$work/cd" >"$work/xorriso.log" 2>&1 || {
	cat "$work/xorriso.log" >&2
	die "cannot make the CD to boot from"
    }
    rm -rf "$work/cd"
}

# Instructions per second of the machine's own time.  The fewer, the cheaper are
# its idle times; the more, the smaller is what its clock's ticks take away.
bochs_speed=50000000

# Set $qemu to the machine's command line; the agent is at the line's other end.
bochs_arguments () {
    local model megabytes
    # These have no PTI, 5 levels and so on by default; --append has what turns it
    # on.  Models with CPUID 0x15 say what their clock does, and do not do it:
    # their hosts are slow.
    case $cpu in
    intel) model=broadwell_ult ;;
    amd) model=ryzen ;;
    *) model=$cpu ;;
    esac
    case $memory in
    *[gG]) megabytes=$((${memory%?} * 1024)) ;;
    *[mM]) megabytes=${memory%?} ;;
    *) megabytes=$memory ;;
    esac
    cat >"$work/bochsrc" <<END
config_interface: textconfig
display_library: nogui
megs: $megabytes
romimage: file=$bochs/bios
vgaromimage: file=$bochs/vgabios
vga: extension=vbe, update_freq=1
cpu: model=$model, count=$cpus, ips=$bochs_speed, quantum=16, reset_on_triple_fault=0, ignore_bad_msrs=1
pci: enabled=1, chipset=i440fx
clock: sync=none, time0=utc
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata1: enabled=0
ata0-master: type=cdrom, path="$work/boot.iso", status=inserted
boot: cdrom
mouse: enabled=0
com1: enabled=1, mode=file, dev=$log
log: -
panic: action=fatal
error: action=ignore
info: action=ignore
debug: action=ignore
END
    qemu=("$bochs/bochs" -q -f "$work/bochsrc"
	  "com2: enabled=1, mode=socket-client, dev=127.0.0.1:@LINE@")
}
