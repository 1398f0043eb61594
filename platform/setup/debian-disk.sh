#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# debian-disk.sh KERNEL INITRD: makes the Debian guest's disk of the packages that debian.sh fetched, as the second half of
# `make setup-debian`. Nothing needs root, and no foreign code runs on this machine: the packages are unpacked here, laid
# into an ext4 image, and installed by dpkg in a QEMU that has nothing but the image.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

PATH=$PATH:/usr/sbin:/sbin
kernel=$1 initrd=$2
packages=$SETUP/debian
stage=$TOP/platform/images/debian-stage.sh
folder=$SETUP/debian-disk
disk=$folder/root.img
SIZE=1G

key=$(stamp_key "$VERSIONS/4-debian" "$stage" "$0")
if stamp_is_fresh debian-disk "$key" && [ -f "$disk" ]; then exit 0; fi

parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT
root=$parts/root
mkdir -p "$root/septum"
say "unpacking the Debian guest's packages"
echo 2.0 >"$parts/debian-binary"
while read -r name _; do
    dpkg-deb --ctrl-tarfile "$packages/$name.deb" >"$parts/control.tar"
    dpkg-deb --fsys-tarfile "$packages/$name.deb" >"$parts/data.tar"
    tar -x -p -C "$root" --no-same-owner -f "$parts/data.tar"
    # The guest would take longest to decompress it.
    (cd "$parts" && ar rcD "root/septum/$name.deb" debian-binary control.tar data.tar)
done <"$packages/list"

# What dpkg wants to find before it has installed anything.
mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" "$root/etc/dpkg/dpkg.cfg.d"
: >"$root/var/lib/dpkg/status"
for table in passwd group; do cp "$root/usr/share/base-passwd/$table.master" "$root/etc/$table"; done
ln -s mawk "$root/usr/bin/awk"
# There is no program that shows them.
rm -rf "$root"/usr/share/man/* "$root"/usr/share/locale/*
printf 'path-exclude=/usr/share/%s/*\n' man locale >"$root/etc/dpkg/dpkg.cfg.d/septum"
install -m 755 "$stage" "$root/septum/stage"

work=$SETUP/debian-disk.new
rm -rf "$work"
mkdir -p "$work"
mke2fs -q -t ext4 -L debian -d "$root" -E root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0 "$work/root.img" $SIZE \
    >"$SETUP/debian-disk.log" 2>&1 || die "mke2fs made no image; see $SETUP/debian-disk.log"

say "installing them in a guest; this takes some minutes"
"$TOP/platform/qemu/run.py" --kernel "$kernel" --initrd "$initrd" --harts 2 --memory 1G --log 3600 \
    --append 'console=ttyS0 quiet root=/dev/vda rw init=/septum/stage' --extra "-device virtio-blk-device,drive=root \
        -drive if=none,id=root,format=raw,cache=unsafe,discard=unmap,file=${work//,/,,}/root.img" \
    >"$SETUP/debian-disk.log" 2>&1 </dev/null || true
grep -q '^septum: the disk is made' "$SETUP/debian-disk.log" ||
    die "dpkg could not install the packages; see $SETUP/debian-disk.log"
# Status 1: corrected. What ran to the end had files open that are no more.
status=0
e2fsck -f -p "$work/root.img" >>"$SETUP/debian-disk.log" 2>&1 || status=$?
[ $status -le 1 ] || die "the image is damaged; see $SETUP/debian-disk.log"

# What guests wrote above the former disk is worth nothing above this one.
if [ -e "$folder" ]; then
    rm -rf "$folder.old"
    mv "$folder" "$folder.old"
    say "the former disk, and what guests wrote above it, is in ${folder#"$TOP"/}.old"
fi
mv "$work" "$folder"
chmod 444 "$disk"
printf 'septum debian-disk %s riscv64 %s\n' "$(sed -n 's/^trixie base-files \([^ ]*\) .*/\1/p' "$VERSIONS/4-debian")" \
    "$(sha256sum "$disk" | cut -d ' ' -f 1)" | record 5-debian-disk
stamp_set debian-disk "$key"
versions_write
say "complete: ${disk#"$TOP"/}, $(du -m "$disk" | cut -f 1) MiB"
