#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# Fetches and unpacks (never installs) the guests' Debian 13 riscv64 packages into build/setup/guest.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

unpacked=$SETUP/guest
key=$(stamp_key "$PACKAGES/guest.txt" "$PACKAGES/modules.txt" "$0")
if stamp_is_fresh guest "$key" && [ -x "$unpacked/usr/bin/busybox" ]; then exit 0; fi

private_root trixie-riscv64 riscv64 none "deb [arch=riscv64 signed-by=$KEYRING] $(mirror_uri) trixie main"
names=()
while read -r name _; do
    names+=("$name")
    # A package that only names the current kernel: take what it names, too.
    case $name in
    linux-image-*)
        real=$(apt-cache "${APT_OPTIONS[@]}" show "$name" | sed -n 's/^Depends: \(linux-image-[^ ,]*\).*/\1/p' | head -n 1)
        [ -n "$real" ] || die "$name of Debian 13 names no kernel package"
        names+=("$real") ;;
    esac
done < <(list_of guest)

mkdir -p "$DOWNLOADS/guest"
for name in "${names[@]}"; do
    say "fetching $name from Debian 13 (riscv64)"
    (cd "$DOWNLOADS/guest" && apt-get "${APT_OPTIONS[@]}" -qq download "$name") ||
        die "$name cannot be fetched" "check the network, then run 'make setup' again"
done

rm -rf "$unpacked" "$unpacked.new"
mkdir -p "$unpacked.new"
for name in "${names[@]}"; do
    version=$(apt-cache "${APT_OPTIONS[@]}" show --no-all-versions "$name" | sed -n 's/^Version: //p' | head -n 1)
    deb=$DOWNLOADS/guest/${name}_${version//:/%3a}_riscv64.deb
    [ -f "$deb" ] || die "apt fetched no ${deb##*/}"
    # Of the kernel's modules (100 MB) those are taken that a list names.
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$unpacked.new" --no-same-owner --exclude=./usr/lib --exclude=./lib
    case $name in
    linux-image-[0-9]*)
        mapfile -t modules < <(list_of modules | sed 's|.*|./usr/lib/modules/*/kernel/&.ko.xz|')
        dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$unpacked.new" --no-same-owner --wildcards "${modules[@]}" ||
            die "$name lacks a module of platform/packages/modules.txt" ;;
    esac
    printf 'trixie %s %s riscv64 %s\n' "$name" "$version" "$(sha256sum "$deb" | cut -d ' ' -f 1)"
done | record 3-guest
[ -x "$unpacked.new/usr/bin/busybox" ] || die "busybox-static holds no /usr/bin/busybox"
compgen -G "$unpacked.new/boot/vmlinu*" >/dev/null || die "the kernel package holds no kernel below /boot"
mv "$unpacked.new" "$unpacked"
stamp_set guest "$key"
