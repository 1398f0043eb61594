#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# make-kernel.sh BOOT-FOLDER OUTPUT: Debian's kernel as a plain RISC-V Image. Its bytes are the package's own; if the package
# comes gzip-compressed one day, it is decompressed and nothing else.
set -euo pipefail

kernel=$(find "$1" -name 'vmlinu[xz]-*' | sort -V | tail -n 1)
[ -n "$kernel" ] || { echo "no kernel below $1: run 'make setup'" >&2; exit 1; }
case $(od -An -tx1 -N2 "$kernel" | tr -d ' ') in
1f8b) gzip -dc "$kernel" >"$2.new" ;;
*) cp "$kernel" "$2.new" ;;
esac
# Bytes 0x30..0x37 of an Image read "RISCV" (Documentation/arch/riscv/boot-image-header.rst of Linux).
if [ "$(tail -c +49 "$2.new" | head -c 5)" != RISCV ]; then
    echo "$kernel is no plain RISC-V Image (an EFI zboot kernel?): cannot use it" >&2
    exit 1
fi
mv "$2.new" "$2"
chmod 644 "$2"
