#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""proofs/state.py notices a register that is missing, from the list or from the code: texts with one thing wrong."""

import os
import re
import subprocess
import sys
import tempfile

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(TOP, "proofs"))
from state import LIST, State  # noqa: E402 (the path is set above)

ENTRY, HART, VCPU = "src/kernel/hart/entry.S", "src/kernel/hart/hart.c", "src/kernel/vcpu.c"

# What is bent: file, pattern, replacement, what the check says of it.
SEEDS = [
    (ENTRY, r"\.irp n, 3, 8, 9, 18", ".irp n, 3, 8, 18", "'x9' is on the list, and not in the code"),
    (ENTRY, r"(resume_server:\n(?:\t.*\n)+?)\tld a0, 8\*10\(a0\)", r"\1\tnop", "resume_server loads: 'x10'"),
    (ENTRY, r"\tli x\\n, 0", "\tmv x\\\\n, x8", "resume_exit zeroes"),
    (ENTRY, r"\tfscsr t0", "\tnop", "fp_fetch: no fcsr"),
    (ENTRY, r"\tclose_csr 0x10c, 0", "", "'sstateen0'"),
    (ENTRY, r"(second_on:\n.*\n)\tcall close_state", r"\1", "second_on does not call close_state"),
    (HART, r"row\(VSSCRATCH\) ", "", "'VSSCRATCH' is on the list, and not in the code"),
    (HART, r"CSR_WRITE\(CSR_HCOUNTEREN, COUNTEREN_TM\)", "CSR_WRITE(CSR_HCOUNTEREN, 7)", "'hcounteren': hart_init writes 7"),
    (HART, r"HENVCFG_STCE : 0\)", "HENVCFG_STCE : 0x40)", "'henvcfg'"),
    (HART, r'CSR_WRITE\("scounteren", COUNTEREN_TM\);', '\\g<0> CSR_WRITE(CSR_HGEIE, 0);', "'CSR_HGEIE' is in the code, and not on the list"),
    (VCPU, r"vcpu\[t\]\.senvcfg = hart_swap_senvcfg\(0\);", "", "'senvcfg': keep calls no hart_swap_senvcfg"),
    (VCPU, r"k < VS_CSRS; k\+\+\)\n\t\thart_vs_write", "k < VSATP; k++)\n\t\thart_vs_write", "load_vs goes not over all"),
    ("include/kernel/hart.h", r"VSEPC, VSCAUSE", "VSCAUSE, VSEPC", "enum vs_csr"),
    ("src/servers/monitor/isa.c", r'"zicntr", ', '"zicntr", "zicbom", ', "'zicbom' is in the code, and not on the list"),
    ("src/loader/machine_harts.c", r'"ssaia", ', "", "'ssaia' is on the list, and not in the code"),
    ("src/kernel/virtual.c", r"\t\[SLOT\(NUMBER_SSCRATCH\)\].*\n", "", "the emulator's CSRs: '0x140'"),
    (LIST, r'"csr": "0x140"', '"csr": "0x144"', "a CSR stands there twice"),
]


def assembled(text, folder, cross, offsets):
    """The object of that text of entry.S."""
    path = os.path.join(folder, "entry.S")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    subprocess.run([f"{cross}gcc", "-march=rv64imac_zicsr_zifencei", "-mabi=lp64", "-mcmodel=medany", f"-I{offsets}", "-c", path, "-o",
                    path + ".o"], check=True)
    return path + ".o"


def main():
    cross, entry = sys.argv[1:]
    passed = failed = 0
    for path, pattern, replacement, wanted in SEEDS:
        text = open(os.path.join(TOP, path), encoding="utf-8").read()
        bent = re.sub(pattern, replacement, text, count=1)
        with tempfile.TemporaryDirectory() as folder:
            object_file = assembled(bent, folder, cross, entry.split("/src/")[0]) if path == ENTRY else entry
            state = State(TOP, f"{cross}objdump", object_file, {path: bent})
            state.check_all()
        if bent != text and any(wanted in problem for problem in state.problems):
            passed += 1
        else:
            failed += 1
            print(f"FAIL {path}: {pattern}: wanted '{wanted}', got {state.problems[:3] or 'nothing'}")
    print(f"state seeds: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
