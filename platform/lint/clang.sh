#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# clang.sh OUT FLAGS...: compiles every C file of the target with the second compiler; ends with "N passed, N failed".
set -uo pipefail

out=$1
shift
read -ra compiler <<<"${CLANG:-clang}"
passed=0 failed=0
mkdir -p "$out"
while read -r file; do
    include=()
    # Only the servers and the loader see the C library, and each part its own folder.
    case $file in
    src/kernel/host/*) continue ;;
    src/kernel/*) include=(-Isrc/kernel/hart) ;;
    src/loader/*) include=(-Isrc/loader -isystem "${BUILD:-build}/src/libfdt" -isystem "$PICOLIBC") ;;
    src/servers/*) include=(-Isrc/servers -isystem "${BUILD:-build}/src/libfdt" -isystem "$PICOLIBC") ;;
    esac
    if "${compiler[@]}" --target=riscv64-unknown-elf "$@" "${include[@]}" -c "$file" -o "$out/${file//\//_}.o"; then
        passed=$((passed + 1))
    else
        echo "clang: $file"
        failed=$((failed + 1))
    fi
done < <(find src/kernel src/loader src/servers -name '*.c' | LC_ALL=C sort)
echo "clang: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
