#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# `make setup-debian`: fetches (never installs) the Debian 13 riscv64 packages of the Debian guest's root file system.
# apt resolves the dependencies against an empty system; the files go to build/setup/debian, the names to its `list`.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

packages=$SETUP/debian
key=$(stamp_key "$PACKAGES/debian.txt" "$0")
if stamp_is_fresh debian "$key" && [ -s "$packages/list" ]; then exit 0; fi

private_root trixie-riscv64 riscv64 none "deb [arch=riscv64 signed-by=$KEYRING] $(mirror_uri) trixie main"
# apt counts itself among the essential ones; without a network to an archive it would only be large.
names=('?and(?essential,?not(?name(^apt$)))')
while read -r name _; do names+=("$name"); done < <(list_of debian)

archives=$DOWNLOADS/debian
mkdir -p "$archives/partial"
say "fetching the Debian guest's packages (riscv64, about 40 MB)"
resolve=(apt-get "${APT_OPTIONS[@]}" -o "Dir::Cache::archives=$archives" -o APT::Install-Recommends=false
    -o APT::Get::Assume-Yes=true)
"${resolve[@]}" -qq --download-only install "${names[@]}" >"$SETUP/debian.log" 2>&1 ||
    die "the Debian guest's packages cannot be fetched; see $SETUP/debian.log" \
        "check the network, then run 'make setup-debian' again"

rm -rf "$packages.new"
mkdir -p "$packages.new"
"${resolve[@]}" --simulate install "${names[@]}" 2>>"$SETUP/debian.log" | resolved_list >"$packages.new/list"
[ -s "$packages.new/list" ] || die "apt resolved no packages for the Debian guest; see $SETUP/debian.log"
while read -r name version arch; do
    deb=${name}_${version//:/%3a}_$arch.deb
    [ -f "$archives/$deb" ] || die "apt fetched no $deb"
    ln "$archives/$deb" "$packages.new/$name.deb" 2>/dev/null || cp "$archives/$deb" "$packages.new/$name.deb"
    printf 'trixie %s %s %s %s\n' "$name" "$version" "$arch" "$(sha256sum "$archives/$deb" | cut -d ' ' -f 1)"
done <"$packages.new/list" | record 4-debian
rm -rf "$packages"
mv "$packages.new" "$packages"
stamp_set debian "$key"
versions_write
say "complete: the Debian guest's $(wc -l <"$packages/list") packages"
