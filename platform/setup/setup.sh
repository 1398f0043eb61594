#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# `make setup`: everything the project needs on a bare Debian 12 machine. A second run needs no network.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

mkdir -p "$SETUP"
steps=$(dirname "$0")
"$steps/host.sh"
"$steps/guest.sh"
"$steps/source.sh"

# WP runs its provers through Why3, which wants to be told where they are: in a file of ours, not in the home folder.
WHY3CONFIG=$SETUP/why3.conf
key=$(dpkg-query -W why3 z3 cvc4 | stamp_key -)
if ! stamp_is_fresh why3 "$key" || [ ! -f "$WHY3CONFIG" ]; then
    rm -f "$WHY3CONFIG"
    WHY3CONFIG=$WHY3CONFIG why3 config detect >"$SETUP/why3.log" 2>&1 || die "why3 found no provers; see $SETUP/why3.log"
    stamp_set why3 "$key"
fi

versions_write
say "complete: $(grep -vc '^#' "$SETUP/versions.txt") packages, recorded in ${SETUP#"$TOP"/}/versions.txt"
