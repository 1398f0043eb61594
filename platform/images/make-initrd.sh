#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# make-initrd.sh BUSYBOX OUTPUT: packs the guests' user land. The same input gives the same bytes; nothing foreign runs.
set -euo pipefail

busybox=$1 output=$(realpath -m "$2")
here=$(cd "$(dirname "$0")" && pwd)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

mkdir -p "$root"/{bin,dev,etc,proc,root,run,sys,tmp}
install -m 755 "$busybox" "$root/bin/busybox"
install -m 755 "$here/init.sh" "$root/init"
install -m 644 "$here/inittab" "$root/etc/inittab"
install -m 644 "$here/profile" "$root/etc/profile"
printf 'root:x:0:0:root:/root:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\n' >"$root/etc/group"
chmod 644 "$root/etc/passwd" "$root/etc/group"
find "$root" -mindepth 1 -exec touch -h -d @0 {} +

cd "$root"
find . -mindepth 1 -printf '%P\0' | LC_ALL=C sort -z |
    cpio --quiet --null --create --format=newc --reproducible --owner=0:0 | gzip -9n >"$root.gz"
mv "$root.gz" "$output"
chmod 644 "$output"
