#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# run.sh FOLDER MODEL...: checks each model, and each of the mutants its header names; in a mutant the checker must
# find an error. Ends with "N passed, N failed".
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)
shift
passed=0

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

# judge MODEL DEFINE: checks it, and says what is wrong, if anything; its last line is 1 for passed, 0 for failed.
judge() {
    local result
    result=$(check "$1" "$2")
    if [ -z "$2" ] && [ "$result" = 0 ] || { [ -n "$2" ] && [[ $result =~ ^[1-9] ]]; }; then
        echo 1
        return
    elif [ -z "$2" ]; then
        echo "protocols: $1: errors: ${result:-none told}; see $out/$1"
    else
        echo "protocols: $1 with $2: the bug was not found (errors: ${result:-none told})"
    fi
    echo 0
}

# One line for each check: the model, and the mutant if it is one.
all() {
    for model in "$@"; do
        echo "$model"
        for mutant in $(sed -n 's/^ \* MUTANTS: //p' "$here/$model.pml"); do echo "$model $mutant"; done
    done
}

while read -r line; do
    case $line in
    1) passed=$((passed + 1)) ;;
    0) ;;
    *) echo "$line" ;;
    esac
done < <(
    export -f check judge
    export here out
    all "$@" | xargs -P 2 -L 1 bash -c 'judge "$1" "${2:-}"' judge
)
total=$(all "$@" | wc -l)
failed=$((total - passed))
echo "protocols: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
