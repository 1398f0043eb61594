#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# make-program.sh PROGRAM OUTPUT: packs an initrd whose one program is the guest's first, and its only one.
set -euo pipefail

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{dev,proc,sys,tmp}
install -m 755 "$1" "$root/init"
"$(dirname "$0")/pack.sh" "$root" "$2"
