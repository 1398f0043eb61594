#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# make-initrd.sh BUSYBOX OUTPUT [MODULES LIST]: packs the guests' user land, with the kernel modules that the list names
# below MODULES, numbered in its order. The same input gives the same bytes; nothing foreign runs.
set -euo pipefail

busybox=$1 output=$(realpath -m "$2") modules=${3-} list=${4-}
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
if [ -n "$modules" ]; then
    mkdir -p "$root/lib/modules"
    number=100
    while read -r name; do
        for file in "$modules"/*/kernel/"$name".ko.xz; do
            [ -f "$file" ] || { echo "there is no module $name below $modules: run 'make setup'" >&2; exit 1; }
            number=$((number + 1))
            xz -dc "$file" >"$root/lib/modules/$number-${name##*/}.ko"
        done
    done < <(sed -e 's/[[:space:]]*#.*//' -e '/^[[:space:]]*$/d' "$list")
fi
chmod 644 "$root/etc/passwd" "$root/etc/group"
"$here/pack.sh" "$root" "$output"
