#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# run.sh FOLDER TREES OPTIONS...: runs the loader's fuzzers that FOLDER holds; ends with "N passed, N failed".
set -uo pipefail

folder=$1 trees=$2
shift 2
passed=0 failed=0
for name in tree package program; do
    # A new corpus each time: the same seed, the same run.
    corpus=$folder/$name.corpus
    rm -rf "$corpus"
    mkdir -p "$corpus"
    seeds=()
    [ "$name" = tree ] && seeds=("$trees")
    if "$folder/$name" "$@" -max_len=8192 -timeout=10 -artifact_prefix="$folder/$name-" "$corpus" "${seeds[@]}" \
        >"$folder/$name.log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "fuzz: $name failed; its log is $folder/$name.log"
        tail -n 5 "$folder/$name.log"
    fi
done
echo "loader fuzz: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
