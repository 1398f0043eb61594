#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# pack.sh FOLDER OUTPUT: an initrd of what the folder holds; the same files give the same bytes. Changes the files' dates.
set -euo pipefail

output=$(realpath -m "$2")
cd "$1"
find . -mindepth 1 -exec touch -h -d @0 {} +
find . -mindepth 1 -printf '%P\0' | LC_ALL=C sort -z |
    cpio --quiet --null --create --format=newc --reproducible --owner=0:0 | gzip -9n >"$output.new"
mv "$output.new" "$output"
chmod 644 "$output"
