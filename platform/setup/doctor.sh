#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# `make doctor`: each package and each fetched piece: found, required, how to get it. Status 1 if one is missing.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

bad=0
row() { printf '%-32s %-34s %-22s %s\n' "$1" "$2" "$3" "$4"; }

# package_rows LIST ORIGIN
package_rows() {
    local name least version verdict
    while read -r name least; do
        version=$(installed_version "$name")
        verdict=ok
        if [ -z "$version" ] || { [ -n "$least" ] && dpkg --compare-versions "$version" lt "$least"; }; then
            verdict="make setup  (from $2)"
            bad=$((bad + 1))
        fi
        row "$name" "${version:-not found}" "${least:-any}" "$verdict"
    done < <(list_of "$1")
}

# piece_row NAME FILE REQUIRED
piece_row() {
    if [ -e "$2" ]; then
        row "$1" "${2#"$TOP"/}" "$3" ok
    else
        row "$1" "not found" "$3" "make setup"
        bad=$((bad + 1))
    fi
}

row TOOL FOUND REQUIRED 'HOW TO GET IT'
package_rows host 'Debian 12'
package_rows backports bookworm-backports
kernel=$(find "$SETUP/guest/boot" -name 'vmlinu[xz]-*' 2>/dev/null | sort -V | tail -n 1)
piece_row "guests' kernel" "${kernel:-$SETUP/guest/boot/vmlinux}" 'Debian 13 riscv64'
piece_row "guests' busybox" "$SETUP/guest/usr/bin/busybox" 'Debian 13 riscv64'
piece_row 'libfdt source' "$SOURCES/libfdt/libfdt.h" 'Debian 13 source'
piece_row "Why3's provers" "$SETUP/why3.conf" 'z3, cvc4'
if [ "$bad" -ne 0 ]; then
    printf '\n%d missing or too old: make setup\n' "$bad"
    exit 1
fi
printf '\neverything is there\n'
