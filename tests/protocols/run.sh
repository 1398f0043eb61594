#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# run.sh FOLDER MODEL...: checks each model, and each of the mutants its header names; in a mutant the checker must
# find an error. Ends with "N passed, N failed".
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)
shift
passed=0 failed=0

# check MODEL DEFINE: the number of errors found, or a word that says why there is none.
check() {
    local folder=$out/$1${2:+-$2}
    rm -rf "$folder" && mkdir -p "$folder" && cd "$folder" || return
    spin ${2:+-D"$2"} -a "$here/$1.pml" >spin.log 2>&1 || { echo unreadable; return; }
    ${HOST_CC:-gcc} -O1 -w -DSAFETY -DMEMLIM=2048 -DCOLLAPSE -DVECTORSZ=2048 -o pan pan.c >cc.log 2>&1 ||
        { echo uncompilable; return; }
    ./pan -m1000000 >pan.log 2>&1
    # A search that was cut short shows nothing unless it found an error before.
    if grep -qE 'max search depth too small|out of memory|Search not completed' pan.log &&
        ! grep -qE 'errors: [1-9]' pan.log; then
        echo incomplete
        return
    fi
    sed -n 's/.*errors: \([0-9]*\).*/\1/p' pan.log
}

for model in "$@"; do
    result=$(check "$model" "")
    if [ "$result" = 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "protocols: $model: errors: ${result:-none told}; see $out/$model"
    fi
    for mutant in $(sed -n 's/^ \* MUTANTS: //p' "$here/$model.pml"); do
        result=$(check "$model" "$mutant")
        if [[ $result =~ ^[1-9] ]]; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            echo "protocols: $model with $mutant: the bug was not found (errors: ${result:-none told})"
        fi
    done
done
echo "protocols: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
