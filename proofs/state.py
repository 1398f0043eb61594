#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""
spec/state.json, the closed list of what a context may see of a hart (T5): held against the kernel's text and object code,
and made into the table of the tests.
"""

import argparse
import json
import os
import re
import subprocess
import sys

LIST = "spec/state.json"
CONTEXTS = ("guest", "shadow", "server")
WAYS = {"entry", "vs", "fp", "swap", "virtual", "off", "mode", "shared", "ended"}
SWAPS = {"guest": ("enter", "keep"), "shadow": ("shadow_enter shadow_csrs_on", "shadow_csrs_off vcpu_to_server")}
WRITES = re.compile(r'CSR_(?:WRITE|SWAP)\((?:"(\w+)"|(CSR_\w+)), (.*?)\)(?:;| &)')
CLOSES = re.compile(r"^\tclose_csr (0x\w+), (\S+)", re.M)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def body(text, name):
    """The body of that C function."""
    found = re.search(rf"^[\w_(). \t]*\b{name}\([^;{{]*\)\s*\{{(.*?)^\}}", text, re.M | re.S) or \
        re.search(rf"^[\w_ \t]*\b{name}\([^;{{]*\) \{{(.*)\}}$", text, re.M)
    if not found:
        raise KeyError(f"there is no function {name}")
    return found[1]


class State:
    """The list, the sources and what was found wrong."""

    def __init__(self, top, objdump, entry, bent=None):
        self.top, self.objdump, self.entry, self.bent = top, objdump, entry, bent or {}
        self.problems, self.passed, self.failed = [], 0, 0
        self.data = json.loads(self.text(LIST))
        self.items, self.controls = self.data["items"], self.data["controls"]

    def text(self, path):
        """A file's text, or what the test has made of it."""
        return self.bent[path] if path in self.bent else read(os.path.join(self.top, path))

    def check(self, good, what, mend):
        self.count([] if good else [f"{LIST}: {what}\n   fix: {mend}"])

    def count(self, problems):
        self.problems += problems
        self.passed, self.failed = self.passed + (not problems), self.failed + bool(problems)

    def same(self, listed, found, what):
        """Two sets that must be equal, each surplus told by name."""
        missing, surplus = sorted(set(listed) - set(found)), sorted(set(found) - set(listed))
        self.count([f"{what}: '{name}' is on the list, and not in the code\n   fix: {LIST} or the code" for name in missing] +
                   [f"{what}: '{name}' is in the code, and not on the list\n   fix: {LIST} or the code" for name in surplus])

    # ---- what follows from the list -------------------------------------------------------------------------------

    def tests_text(self):
        """A row for each CSR that a guest reads: name, number, the bits that a test fills, what it sets beside them."""
        rows = "".join(f' \\\n    row("{i["name"]}", {i["csr"]}, {i.get("fill", "0")}, {i.get("base", "0")})'
                       for i in self.items if "csr" in i and i["guest"] != "off")
        return "/* Made by proofs/state.py from spec/state.json. */\n#define STATE_CSRS(row)" + rows + "\n"

    # ---- the list itself ------------------------------------------------------------------------------------------

    def check_rows(self):
        controls = {control["name"] for control in self.controls}
        numbers = [item["csr"] for item in self.items if "csr" in item]
        self.check(len(numbers) == len(set(numbers)), "a CSR stands there twice", "one row for each")
        for item in self.items:
            name = item["name"]
            self.check(all(item[c] in WAYS for c in CONTEXTS), f"'{name}': a way that is none of {', '.join(sorted(WAYS))}", "see `about`")
            closed = item.get("closed", "").split(", ") if "closed" in item else []
            self.check(set(closed) <= controls, f"'{name}': closed by what is no control", "add the register to `controls`")
            if "off" in (item[c] for c in CONTEXTS) and item["guest"] == "off":
                self.check(closed, f"'{name}' is off, by nothing", "name the controls that close it in `closed`")

    # ---- assembly: the object code --------------------------------------------------------------------------------

    def blocks(self):
        """{label: [(operation, operands)]} of entry.S as assembled."""
        listing = subprocess.run([self.objdump, "-d", "--no-show-raw-insn", "-M", "numeric,no-aliases", self.entry], text=True,
                                 capture_output=True, check=True).stdout
        blocks, label = {}, None
        for line in listing.split("\n"):
            if found := re.match(r"[0-9a-f]+ <(\w+)>:", line):
                label = blocks.setdefault(found[1], [])
            elif label is not None and (found := re.match(r"\s+[0-9a-f]+:\s+(?:c\.)?(\S+)\s*([^<#]*)", line)):
                label.append((found[1], found[2].strip()))
        return blocks

    @staticmethod
    def accesses(block, operation, base):
        """{word: register} of what the block stores or loads relative to that base."""
        found = {}
        for name, operands in block:
            match = re.match(rf"([xf]\d+),(\d+)\({base}\)$", operands)
            if name == operation and match and int(match[2]) % 8 == 0:
                found.setdefault(int(match[2]) // 8, set()).add(match[1])
        return found

    def check_file(self, what, found, words, special):
        """Words 1 .. 31 are register n at word n; `special` are words that come and go by another register."""
        self.same({"pc" if n == 0 else f"x{n}" for n in words}, {"pc" if n == 0 else f"x{n}" for n in found}, what)
        for n, registers in found.items():
            good = f"x{n}" in registers or n in special
            self.check(good, f"{what}: x{n}'s word gets {', '.join(sorted(registers))}", "entry.S")

    def check_entry(self):
        blocks, everything = self.blocks(), set(range(32))
        first, rest = blocks["entry_guest"], blocks["more"]
        early = self.accesses(first, "sd", "x10")
        late = self.accesses(rest, "sd", "x10")
        self.check_file("entry_guest saves", early | late, everything, {0, 4, 10})
        # What the short way (virtual) has saved, and no more, C may have used: that comes back.
        self.check_file("virtual loads", self.accesses(blocks["virtual"], "ld", "x10"), set(early) | {0}, {0, 4, 10})
        self.check_file("resume_guest loads", self.accesses(blocks["resume_guest"], "ld", "x10"), everything, {0})
        self.check_file("resume_server loads", self.accesses(blocks["resume_server"], "ld", "x10"), everything, {0})
        self.check_file("entry_server saves", self.accesses(blocks["entry_server"], "sd", "x5"), everything, {0, 4, 5})
        self.check_exit(blocks["resume_exit"])
        self.check_float(blocks)

    def check_exit(self, block):
        """Out of VCPU_RUN: x10 is what it returns; what C keeps is the guest's own still; all else is the thread's own or 0."""
        loaded = set(self.accesses(block, "ld", "x5")) - {0}
        zeroed = {int(m[1]) for n, o in block if n in ("li", "addi") and (m := re.match(r"x(\d+),(?:x0,)?0$", o))}
        kept = {8, 9} | set(range(18, 28))
        self.same({f"x{n}" for n in set(range(1, 32)) - kept - {2, 3, 4, 10}}, {f"x{n}" for n in zeroed - {0}}, "resume_exit zeroes")
        self.same({"x2", "x3", "x4"}, {f"x{n}" for n in loaded}, "resume_exit loads")

    def check_float(self, blocks):
        """f0 .. f31 at words 0 .. 31 of the save area, fcsr at 32."""
        for label, floats, integer, csr in (("fp_store", "fsd", "sd", "csrrs"), ("fp_fetch", "fld", "ld", "csrrw")):
            registers = self.accesses(blocks[label], floats, "x10")
            self.same({f"f{n}" for n in range(32)}, {f"f{n}" for n, by in registers.items() if by == {f"f{n}"}}, label)
            status = any(name == csr and "fcsr" in operands for name, operands in blocks[label])
            self.check(status and set(self.accesses(blocks[label], integer, "x10")) == {32}, f"{label}: no fcsr", "entry.S")

    # ---- C --------------------------------------------------------------------------------------------------------

    def check_vs(self):
        header, hart, csr = self.text("include/kernel/hart.h"), self.text("src/kernel/hart/hart.c"), self.text("include/riscv/csr.h")
        listed = {item["vs"]: item for item in self.items if "vs" in item}
        names = re.search(r"enum vs_csr \{ (.*), VS_CSRS \};", header)[1].split(", ")
        self.same(listed, names, "enum vs_csr")
        self.check(list(listed) == names, "the order of the items with `vs` is not that of enum vs_csr", "the same order")
        rows = re.findall(r"row\((\w+)\)", re.search(r"#define VS_ROWS\(row\) (.*)", hart)[1])
        for function in ("hart_vs_read", "hart_vs_write"):
            text = body(hart, function)
            found = set(rows if "VS_ROWS" in text else []) | set(re.findall(r"case (\w+):", text)) | set(re.findall(r"CSR_(HVIP)", text))
            self.same(listed, found, function)
        page = re.search(r"struct vcpu_page \{(.*?)\};", self.text("include/septum/abi.h"), re.S)[1]
        words = re.findall(r"uint64_t (\w+)", page)
        at = words.index("vsstatus")
        self.check([w.upper() for w in words[at:at + len(names)]] == names, "struct vcpu_page and enum vs_csr differ", "the same order")
        numbers = dict(re.findall(r'#define CSR_(\w+) "(0x\w+)"', csr))
        for name, item in listed.items():
            wanted = 0x645 if name == "HVIP" else int(item["csr"], 16) + 0x100
            self.check(int(numbers.get(name, "0"), 16) == wanted, f"'{item['name']}': CSR_{name} is {numbers.get(name)}", "csr.h or the list")
        for path, function in (("vcpu.c", "load_vs"), ("vcpu.c", "vcpu_save_vs"), ("vcpu_state.c", "take_vs"), ("vcpu_state.c", "vcpu_show_state")):
            loops = "for (uint64_t k = 0; k < VS_CSRS; k++)" in body(self.text("src/kernel/" + path), function)
            self.check(loops, f"{function} goes not over all of enum vs_csr", f"src/kernel/{path}")

    def check_swaps(self):
        text = self.text("src/kernel/vcpu.c") + self.text("src/kernel/vcpu_shadow.c")
        for item in self.items:
            for context in ("guest", "shadow"):
                for functions in SWAPS[context] if item[context] == "swap" else ():
                    inside = "".join(body(text, name) for name in functions.split())
                    self.check(item["by"] in inside, f"'{item['name']}': {functions} calls no {item['by']}", "src/kernel/vcpu.c, vcpu_shadow.c")

    def check_controls(self):
        """Each CSR that the kernel writes is a control or an item, and what is written once and for all is so written."""
        hart, space, entry = (self.text("src/kernel/hart/" + name) for name in ("hart.c", "space.c", "entry.S"))
        init = body(hart, "hart_init")
        numbers = {control["number"]: control for control in self.controls}
        found = {(a or b): value for a, b, value in WRITES.findall(hart + space) if a or b}
        vs = {f"CSR_{item['vs']}" for item in self.items if "vs" in item}
        closed = dict(CLOSES.findall(entry))
        scratch = {"sepc", "stval"}  # hart_fetch and the exits: put back, or the next pc
        self.same(set(numbers) | vs, set(found) | vs | set(closed), "CSRs that the kernel writes")
        names = set(re.findall(r"\bcsr(?:w|rw|s|rs|c|rc)\w*\s+(?:\w+, )?(\w+),", entry))
        self.same(set(), names - set(numbers) - scratch - {"sstatus", "satp", "stvec", "sscratch", "t0", "t1", "t2", "tp"} - {"\\csr"},
                  "CSRs that entry.S writes")
        once = {(a or b): value for a, b, value in WRITES.findall(init)}
        for number, control in numbers.items():
            if control["where"] == "init":
                self.check(once.get(number) == control["value"], f"'{control['name']}': hart_init writes {once.get(number)}", "hart.c or the list")
                others = [m for m in WRITES.findall(hart.replace(init, "") + space) if number in (m[0], m[1])]
                self.check(not others, f"'{control['name']}' is written elsewhere, too", "only hart_init")
            elif "value" in control and control["where"] != "close_state" and number in once:
                self.check(once[number] == control["value"], f"'{control['name']}': hart_init writes {once[number]}", "hart.c or the list")
        for control in self.controls:
            if control["where"] == "close_state":
                self.check(closed.get(control["number"]) == control["value"], f"'{control['name']}': entry.S closes it by "
                           f"{closed.get(control['number'])}", "entry.S or the list")
        for label in ("entry_first", "second_on"):
            block = re.search(rf"^{label}:(.*?)call main_", entry, re.M | re.S)[1]
            self.check("call close_state" in block, f"{label} does not call close_state", "entry.S")

    def check_virtual(self):
        """What the emulator knows is what a guest in shadow mode sees of S mode."""
        table = set(re.findall(r"\[SLOT\((NUMBER_\w+)\)\]", self.text("src/kernel/virtual.c")))
        numbers = dict(re.findall(r"#define (NUMBER_\w+) (0x\w+)u", self.text("include/riscv/csr.h")))
        listed = {int(i["csr"], 16) for i in self.items if "csr" in i and i["shadow"] in ("virtual", "swap", "shared")}
        self.same({hex(n) for n in listed}, {hex(int(numbers[name], 16)) for name in table}, "the emulator's CSRs")

    def check_isa(self):
        """What the monitor tells a guest: only what is on the list."""
        text = self.text("src/servers/monitor/isa.c")
        told = set(re.search(r'letters\[\] = "(\w+)"', text)[1])
        told |= set(re.findall(r'"(\w+)"', re.search(r"isa_multi\[\]\[NAME_BYTES\] = \{(.*?)\};", text, re.S)[1]))
        listed, back = self.data["isa"]["told"], self.data["isa"]["kept back"]
        self.same(listed, told, "extensions that a guest is told of")
        controls = {control["name"] for control in self.controls}
        for name, why in (listed | back).items():
            items = [i for i in self.items if name in i["isa"].split(", ") or (len(name) == 1 and name in i["isa"] and len(i["isa"]) <= 2)]
            self.check(why or items, f"'{name}' has no item", "say which state it has, or `no state`")
            for word in re.split(r"[,;] ", why) if why else []:
                self.check(word in controls | {"no state", "mode", "firmware"}, f"'{name}': '{word}' is no control", "name the register that closes it")
        for item in self.items:
            seen = item["guest"] not in ("off", "mode")
            names = item["isa"].split(", ") if len(item["isa"]) > 2 else list(item["isa"])
            for name in names:
                if seen and name not in ("s", "h"):
                    self.check(name in listed, f"'{item['name']}' is seen, and {name} is not told", "close it, or tell of it")
                if not seen and name in listed and name != "zicntr":
                    self.check(False, f"'{item['name']}' is off, and {name} is told", "open it, or do not tell of it")

    def check_loader(self):
        """Where nothing but Smstateen closes state of VS mode, a hart without it has no hardware mode."""
        text = self.text("src/loader/machine_harts.c")
        found = set(re.findall(r'"(\w+)"', re.search(r"closed_by_smstateen\[\] = \{(.*?)\};", text)[1]))
        listed = {name for item in self.items if item.get("without") == "no hardware mode" for name in item["isa"].split(", ")}
        self.same(listed, found, "what the loader wants Smstateen for")

    def check_all(self):
        for part in (self.check_rows, self.check_entry, self.check_vs, self.check_swaps, self.check_controls, self.check_virtual,
                     self.check_isa, self.check_loader):
            part()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("check", "tests"), help="hold it against the code; print the tests' table")
    parser.add_argument("--top", default=".")
    parser.add_argument("--objdump", default="riscv64-unknown-elf-objdump")
    parser.add_argument("--entry", default="build/kernel/src/kernel/hart/entry.o", help="entry.S as assembled")
    options = parser.parse_args()
    state = State(options.top, options.objdump, options.entry)
    if options.what == "tests":
        sys.stdout.write(state.tests_text())
        return 0
    state.check_all()
    for problem in state.problems:
        print(problem)
    print(f"state: {state.passed} passed, {state.failed} failed")
    return 1 if state.problems else 0


if __name__ == "__main__":
    sys.exit(main())
