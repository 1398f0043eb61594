#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# Fetches the Debian source packages whose C we compile for the target, and lays the part we use in build/src.
# Only the upstream archive is taken: Debian's own patches concern its packaging, and not every mirror carries them.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

key=$(stamp_key "$PACKAGES/source.txt" "$0")
if stamp_is_fresh source "$key" && [ -f "$SOURCES/libfdt/libfdt.h" ]; then exit 0; fi

# fetch_source NAME: the archive of NAME, checked by apt against the signed index, into the folder of downloads.
fetch_source() {
    say "fetching the source of $1 from Debian 13"
    (cd "$DOWNLOADS/source" && apt-get "${APT_OPTIONS[@]}" -qq --only-source --tar-only source "$1") \
        >"$SETUP/source.log" 2>&1 || {
        tail -n 20 "$SETUP/source.log" >&2
        die "the source of $1 cannot be fetched" "check the network, then run 'make setup' again"
    }
}

private_root trixie-source "$(dpkg --print-architecture)" none "deb-src [signed-by=$KEYRING] $(mirror_uri) trixie main"
mkdir -p "$DOWNLOADS/source" "$SOURCES"
records=
while read -r name folder place; do
    rm -f "$DOWNLOADS/source/${name}_"*
    fetch_source "$name"
    archive=$(find "$DOWNLOADS/source" -name "${name}_*.orig.tar.*")
    version=${archive##*/"${name}"_}
    rm -rf "${SOURCES:?}/$place" "$DOWNLOADS/source/unpacked"
    mkdir -p "$DOWNLOADS/source/unpacked"
    tar -x -C "$DOWNLOADS/source/unpacked" --no-same-owner --strip-components=1 -f "$archive"
    mv "$DOWNLOADS/source/unpacked/$folder" "$SOURCES/$place"
    records+="trixie $name ${version%.orig.tar.*} source $(sha256sum "$archive" | cut -d ' ' -f 1)"$'\n'
done < <(list_of source)
[ -f "$SOURCES/libfdt/libfdt.h" ] || die "the source package holds no libfdt"
printf '%s' "$records" | record 4-source
stamp_set source "$key"
