# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""
Rows as the privileged specification has them, worked out from its text and from nothing else: where the bare machine is
wrong, this tells. Chapter numbers are those of version 20240411 of the privileged specification.
"""

V, R, W, X, U, G, A, D = (1 << bit for bit in range(8))
LOAD, STORE, FETCH = range(3)
PAGE_FAULT = {LOAD: "d", STORE: "f", FETCH: "c"}
# (user mode, SUM, MXR), in the order of tests/guests/isa/pte.c
SETTINGS = [(False, False, False), (False, True, False), (False, False, True), (False, True, True),
            (True, False, False), (True, False, True)]
LEAF = V | R | W | X | A | D
BITS = {"sstatus": 0xc6122, "sie": 0x222, "sip": 0x2, "sscratch": ~0, "stval": ~0, "stimecmp": ~0, "scause": ~0,
        "sepc": ~1, "senvcfg": 0x1, "fflags": 0x1f, "frm": 0x7, "fcsr": 0xff}
ALL = (1 << 64) - 1
IMMEDIATES = [0, 1, 2, 4, 8, 16, 21, 31]


def leaf_allows(pte, access, user, set_sum, mxr):
    """Steps 6 to 9 of the translation, for a leaf that is well formed. [priv 10.3.2, 10.1.1.2]"""
    if access == FETCH and not pte & X:
        return False
    if access == LOAD and not (pte & R or (mxr and pte & X)):
        return False
    if access == STORE and not pte & W:
        return False
    if user != bool(pte & U) and (user or access == FETCH or not set_sum):
        return False
    return bool(pte & A) and (access != STORE or bool(pte & D))  # Svade


def translates(pte, level, access, user, set_sum, mxr, aligned=True):
    """One entry at that level; a table leads to a leaf of all rights for S mode. [priv 10.3.2]"""
    if not pte & V or (pte & W and not pte & R) or pte >> 54:
        return False
    if pte & (R | X):
        return aligned and leaf_allows(pte, access, user, set_sum, mxr)
    if level == 0 or pte & (D | A | U):
        return False
    return leaf_allows(LEAF, access, user, set_sum, mxr)


def pte_row(pte, level, aligned=True):
    words = []
    for user, set_sum, mxr in SETTINGS:
        words.append("".join("." if translates(pte, level, access, user, set_sum, mxr, aligned) else PAGE_FAULT[access]
                             for access in (LOAD, STORE, FETCH)))
    return words


def pte_rows():
    found = {}
    for level in range(3):
        for flags in range(256):
            found[f"pte.level-{level}.{flags:02x}"] = pte_row(flags, level)
        for bit in [8, 9, *range(54, 64)]:
            found[f"pte.level-{level}.leaf.bit-{bit}"] = pte_row(LEAF | 1 << bit, level)
            if level:
                found[f"pte.level-{level}.table.bit-{bit}"] = pte_row(V | 1 << bit, level)
        for bit in range(9 * level):
            found[f"pte.level-{level}.misaligned.bit-{bit}"] = pte_row(LEAF, level, aligned=False)
    return found


def interrupt_rows():
    """SEI before SSI before STI. [priv 10.1.3]"""
    sets = [2 * (n & 1) | 0x20 * (n >> 1 & 1) | 0x200 * (n >> 2 & 1) for n in range(8)]
    found = {}
    for pending in sets:
        found[f"interrupt.order.{pending:x}"] = values = [f"{pending:x}"]
        for enabled in sets:
            first = next((cause for cause in (9, 1, 5) if pending & enabled & 1 << cause), None)
            values.append("3" if first is None else f"{1 << 63 | first:x}")
    return found


def random_values(count):
    """The generator of tests/guests/isa/main.c."""
    state = 0x9e3779b97f4a7c15
    for _ in range(count):
        state ^= state << 13 & ALL
        state ^= state >> 7
        state ^= state << 17 & ALL
        yield state


VALUES = [1 << bit for bit in range(64)] + [0, ALL] + list(random_values(14))


def shown(name, word):
    """As it is read. sstatus has UXL, read-only 2 where U mode has 64 bits only, and SD. [priv 10.1.1]"""
    if name == "sstatus":
        word |= 2 << 32 | (1 << 63 if word & 0x6000 == 0x6000 else 0)
    return f"{word:x}"


def after(form, base, value):
    return {"csrrw": value, "csrrs": base | value, "csrrc": base & ~value}[form.removesuffix("i")]


def csr_rows():
    """Registers whose fields the specification fixes. Set begins with nothing, clear with everything. [priv 10.1]"""
    found = {}
    for name, bits in BITS.items():
        bits &= ALL
        for form in ("csrrw", "csrrs", "csrrc"):
            base = bits if form == "csrrc" else 0
            for first in range(0, len(VALUES), 16):
                found[f"csr.{name}.{form}.{first}"] = [shown(name, after(form, base, value) & bits)
                                                      for value in VALUES[first:first + 16]]
            found[f"csr.{name}.{form}i"] = [shown(name, after(form, base, value) & bits) for value in IMMEDIATES]
    return found


def other_rows():
    """
    A walk through a table that violates a PMA check: an access fault. [priv 10.3.2] No CSR 605 without H. [priv 2.1]
    scounteren hides the time from user mode. [priv 10.1.5]
    """
    found = {f"stop.table-{name}": [cause, "200000000", "1"]
             for name, cause in (("load", "5"), ("store", "7"), ("fetch", "1"), ("device", "5"))}
    found["chain.time.user.disabled"] = ["2", "c0102573", "3"]
    return found | {f"sweep.supervisor.{way}.600": [] for way in ("read", "write")}


def corrected(found):
    """
    Rows that are right but for one thing that the specification says. Bit 0 of sepc is always zero, so sret to an odd
    address is sret to the even one. [priv 10.1.7] stval of an illegal instruction is the instruction. [priv 10.1.9]
    """
    rows_of_odd = {name: found[name.replace("odd-1", "odd-0")] for name in found if name.endswith(".odd-1")}
    mret = {name: [*found[name][:1], "30200073", *found[name][2:]] for name in found if name.endswith(".mret")}
    return rows_of_odd | mret


def rows():
    return pte_rows() | interrupt_rows() | csr_rows() | other_rows()
