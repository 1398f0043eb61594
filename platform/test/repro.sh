#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# repro.sh BUILD MAKE...: builds everything twice, in two places of different names, and compares what is shipped, bit by bit.
set -euo pipefail

build=$1
shift
place=$build/repro
rm -rf "$place"
for copy in one/tree another-place; do
    mkdir -p "$place/$copy"
    git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$place/$copy" 2>/dev/null || true
    mkdir -p "$place/$copy/build/proofs"
    for fetched in setup src; do ln -s "$(realpath "$build/$fetched")" "$place/$copy/build/$fetched"; done
    if [ -f "$build/proofs/whole.json" ]; then cp "$build/proofs/whole.json" "$place/$copy/build/proofs/"; fi
    env -u BUILD -u MAKEFLAGS -u MFLAGS "$@" -C "$place/$copy" BUILD=build bundle >"$place/log.txt" 2>&1 || { tail -n 20 "$place/log.txt" >&2; exit 1; }
done

passed=0 failed=0
while read -r file; do
    if cmp -s "$place/one/tree/build/$file" "$place/another-place/build/$file"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "  differs: build/$file"
    fi
done < <(cd "$place/one/tree/build" && find septum.bin septum.elf kernel/kernel.bin servers images bundles -type f \
    \( -name '*.bin' -o -name '*.elf' -o -name '*.bundle' -o -name 'Image' -o -name '*.cpio.gz' \) | sort)
sha256sum "$place/one/tree/build/septum.bin" | sed "s|$place/one/tree/||"
echo "repro: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
