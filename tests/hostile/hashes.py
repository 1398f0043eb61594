# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""
The memory of everybody else, by SHA-256. QEMU keeps the machine's memory in a file that this program maps as well, so
looks cost the guests no time. What must not change: the kernel's text and constants, the boot bundle, and the read-only
segments of the manager, the console and every monitor. All of it is compared with the bytes of the files it came from.
"""

import hashlib
import mmap
import os
import struct

PAGE = 4096
SUPERPAGE = 0x200000
RAM_BASE = 0x80000000  # of QEMU's virt machine
BOOT_RAM_BASE, BOOT_FRAMES, BOOT_KERNEL, BOOT_BUNDLE, BOOT_SEGMENTS = 2, 3, 4, 92, 95  # words of struct bootinfo
SERVER_DOMAIN = 1  # include/septum/abi.h, enum septum_domain_kind
DOMAINS = 64
MANAGER_SLOT = 1
MAP_WRITE = 2
INFO_BYTES, INFO_OWNER = 32, 4  # struct frame_info, and the place of `owner` in 32-bit words; word 0: where it is mapped
NOWHERE = 0xFFFFFFFF  # the lower half
START_NAME = 40  # of the guest, in struct monitor_start (include/septum/proto.h), after the version
START_VERSION = struct.pack("<Q", 1)
PT_LOAD, PF_W, SHT_SYMTAB = 1, 2, 2


def digest(data):
    return hashlib.sha256(data).digest()


class Elf:
    """A 64-bit little-endian ELF file of ours."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()

    def headers(self, where, count, layout):
        """The tuples of a table whose place and number of entries stand at those offsets of the file's head."""
        first, = struct.unpack_from("<Q", self.data, where)
        number, = struct.unpack_from("<H", self.data, count)
        return [struct.unpack_from(layout, self.data, first + i * struct.calcsize(layout)) for i in range(number)]

    def symbols(self):
        """{name: value}"""
        sections = self.headers(40, 60, "<IIQQQQIIQQ")
        _, _, _, _, first, count, link, *_ = next(section for section in sections if section[1] == SHT_SYMTAB)
        names = sections[link][4]
        found = {}
        for at in range(first, first + count, 24):
            name, _, _, _, value, _ = struct.unpack_from("<IBBHQQ", self.data, at)
            found[self.data[names + name:self.data.index(b"\0", names + name)].decode()] = value
        return found

    def read_only_pages(self):
        """Its read-only segments as they stand in memory: whole pages, the last of a segment filled up with zeros."""
        pages = []
        for kind, flags, offset, _, _, count, _, _ in self.headers(32, 56, "<IIQQQQQQ"):
            if kind == PT_LOAD and not flags & PF_W:
                data = self.data[offset:offset + count] + bytes(-count % PAGE)
                pages += [data[at:at + PAGE] for at in range(0, len(data), PAGE)]
        return pages


class Ram:
    """The machine's memory: a file without a name that QEMU opens, too."""

    def __init__(self, size):
        self.size = size
        self.file = os.memfd_create("ram")
        os.ftruncate(self.file, size)
        self.bytes = mmap.mmap(self.file, size)
        self.flipped = None  # where a look is to see one bit other than it is

    def arguments(self):
        """For QEMU."""
        return (f"-object memory-backend-file,id=ram,size={self.size},mem-path=/proc/{os.getpid()}/fd/{self.file},share=on "
                "-machine memory-backend=ram")

    def read(self, address, count):
        at = address - RAM_BASE
        data = self.bytes[at:at + count]
        if self.flipped is not None and address <= self.flipped < address + count:
            data = bytearray(data)
            data[self.flipped - address] ^= 1
        return bytes(data)

    def words(self, address, count):
        return struct.unpack(f"<{count}Q", self.read(address, 8 * count))

    def close(self):
        self.bytes.close()
        os.close(self.file)


class Kernel:
    """Where the running kernel keeps what we ask for; its place is found by its first bytes, as the loader aligns it."""

    def __init__(self, ram, build):
        self.ram = ram
        with open(f"{build}/kernel/kernel.bin", "rb") as file:
            image = file.read()  # the same for Sv39 and Sv48: src/kernel/build.mk compares them
        self.symbols = Elf(f"{build}/kernel/kernel.elf").symbols()
        size = self.symbols["kernel_text_bytes"] + self.symbols["kernel_rodata_bytes"]
        self.constant = image[:size].ljust(size, b"\0")
        self.at = None

    def find(self):
        """True if it runs: the manager lives, and the boot information says where the kernel is."""
        for at in range(RAM_BASE, RAM_BASE + self.ram.size, SUPERPAGE) if self.at is None else ():
            if self.ram.read(at, 8) == self.constant[:8] and self.domains(at)[MANAGER_SLOT][0] == SERVER_DOMAIN:
                boot = self.ram.words(at + self.offset("boot"), 128)
                if boot[BOOT_KERNEL] == at:
                    self.at, self.boot = at, boot
                    self.info = self.walk("info")
        return self.at is not None

    def domains(self, at):
        """(kind, name, …) of each slot."""
        return list(struct.iter_unpack("<4I", self.ram.read(at + self.offset("dom"), DOMAINS * 16)))

    def offset(self, symbol):
        return self.symbols[symbol] - (self.symbols["info"] - 0x01000000)

    def walk(self, symbol):
        """The physical address of a symbol outside the image, by the kernel's own tables."""
        va, table = self.symbols[symbol], self.at + self.offset("kernel_root_table")
        for shift in (30, 21, 12):
            entry, = self.ram.words(table + 8 * (va >> shift & 511), 1)
            table = (entry >> 10) * PAGE
            if entry & 0xE:
                return table + va % (1 << shift)
        raise ValueError(f"'{symbol}' is not mapped")

    def frame(self, number):
        return self.boot[BOOT_RAM_BASE] + number * PAGE

    def frames_of(self, domains):
        """{domain: [address of a frame that it owns and maps, …]}"""
        data = memoryview(self.ram.read(self.info, INFO_BYTES * self.boot[BOOT_FRAMES])).cast("I")
        owners, places = (data[first::INFO_BYTES // 4].tolist() for first in (INFO_OWNER, 0))
        found = {domain: [] for domain in domains}
        for number, owner in enumerate(owners):
            if owner in found and places[number] != NOWHERE:
                found[owner].append(self.frame(number))
        return found

    def servers(self):
        """The names of the server domains that live, the manager's apart."""
        return {name for slot, (kind, name, _, _) in enumerate(self.domains(self.at))
                if kind == SERVER_DOMAIN and slot != MANAGER_SLOT}

    def manager_pages(self):
        """Where the loader put the manager's read-only segments; the boot information is one of them, as it has no file."""
        count = self.boot[BOOT_SEGMENTS]
        segments = [self.boot[BOOT_SEGMENTS + 1 + 4 * i:][:4] for i in range(count)]
        return [self.frame(first + i) for _, first, frames, rights in segments if not rights & MAP_WRITE
                for i in range(frames)]


class Watch:
    """Looks at a running machine: what is found at the first look must be the files' (of the folder `servers`), and stay."""

    def __init__(self, ram, build, bundle, guests, servers=None):
        self.ram, self.kernel, self.guests = ram, Kernel(ram, build), guests
        with open(bundle, "rb") as file:
            self.bundle = file.read()
        self.files = {name: Elf(f"{servers or build + '/servers'}/{name}.elf").read_only_pages()
                      for name in ("manager", "console", "monitor")}
        self.kept = {}  # {domain: (who, {address: digest})} of the servers that were found
        self.strange = set()  # server domains whose pages were not all there: they may be in the making
        self.looks = {}  # {who: number of looks at it}
        self.wrong = {}  # {who: what is wrong}
        self.noticed = {}  # {who: was a flipped bit noticed?}

    def judge(self, who, good, what):
        self.looks[who] = self.looks.get(who, 0) + 1
        if not good:
            self.wrong.setdefault(who, f"{what}, at look {self.looks[who]}")
        return good

    def look(self):
        """False if something is not as it was."""
        if not self.kernel.find():
            return True
        kernel = self.kernel
        good = [self.compare("kernel", kernel.at, kernel.constant),
                self.compare("bundle", kernel.frame(kernel.boot[BOOT_BUNDLE]), self.bundle), self.look_at_manager()]
        good += [self.look_at_server(domain) for domain in list(self.kept)]
        self.find_servers()
        return all(good)

    def compare(self, who, address, data):
        return self.judge(who, digest(self.ram.read(address, len(data))) == digest(data), f"changed at {address:#x}")

    def look_at_manager(self):
        there = {digest(self.ram.read(at, PAGE)) for at in self.kernel.manager_pages()}
        missing = sum(digest(page) not in there for page in self.files["manager"])
        return self.judge("manager", not missing, f"{missing} pages are not as in its file")

    def look_at_server(self, domain):
        """What has ended since the last look is out of it: its frames are somebody else's."""
        who, pages = self.kept[domain]
        changed = [at for at, was in pages.items() if digest(self.ram.read(at, PAGE)) != was]
        if domain not in self.kernel.servers():
            del self.kept[domain]
            return True
        return self.judge(who, not changed, "changed at " + ", ".join(f"{at:#x}" for at in changed))

    def find_servers(self):
        """Takes in the servers that are new."""
        new = self.kernel.servers() - set(self.kept)
        strange = set()
        for domain, frames in self.kernel.frames_of(new).items() if new else ():
            who, pages = self.identify({self.ram.read(at, PAGE): at for at in frames})
            if pages:
                self.kept[domain] = who, {at: digest(page) for page, at in pages.items()}
                self.judge(who, True, "")
            elif who:
                strange.add(domain)
        # The manager maps a monitor's start page after its program, so at the next look all of it is there.
        for domain in strange & self.strange & self.kernel.servers():
            self.wrong.setdefault("strangers", f"domain {domain} runs pages that are in no file")
        self.strange = strange

    def identify(self, frames):
        """(who, {page: address}) of the server that has those; no pages if one of its file's is missing; nobody: None."""
        for page in frames:
            name = page[START_NAME:].split(b"\0", 1)[0].decode("ascii", "replace")
            if page.startswith(START_VERSION) and name in self.guests:
                wanted = self.files["monitor"] + [page]
                return name, {p: frames[p] for p in wanted} if all(p in frames for p in wanted) else {}
        if all(page in frames for page in self.files["console"]):
            return "console", {page: frames[page] for page in self.files["console"]}
        return None, {}

    def prove(self):
        """Would a look notice one flipped bit in each part? Memory itself is left as it is."""
        looks, wrong, kernel = dict(self.looks), dict(self.wrong), self.kernel
        places = {"kernel": kernel.at + len(kernel.constant) - 1, "manager": kernel.manager_pages()[0],
                  "bundle": kernel.frame(kernel.boot[BOOT_BUNDLE]) + len(self.bundle) // 2}
        places |= {who: max(pages) + PAGE - 1 for who, pages in self.kept.values()}
        for who, self.ram.flipped in places.items():
            self.wrong = {}
            self.look()
            if who not in self.guests or who in [kept for kept, _ in self.kept.values()]:
                self.noticed[who] = who in self.wrong
        self.ram.flipped, self.looks, self.wrong = None, looks, wrong

    def end(self, suite, label, lasting):
        """The checks, after a last look. lasting: the guests that run to the end, and the heartbeats."""
        self.look()
        guests = [who for who in self.looks if who in self.guests]
        for who in ("kernel", "bundle", "manager", "console"):
            suite.check(self.looks.get(who, 0) > 1 and who not in self.wrong,
                        f"{label}: memory of the {who} as in its file, in {self.looks.get(who, 0)} looks",
                        self.wrong.get(who, "not found"))
        wrong = [f"{who}: {self.wrong[who]}" for who in guests + ["strangers"] if who in self.wrong]
        wrong += [f"{who}: not found" for who in lasting if self.looks.get(who, 0) < 2]
        suite.check(guests and not wrong, f"{label}: memory of the monitors of {len(guests)} guests as in their file",
                    "; ".join(wrong[:3]) or "none was found")
        unnoticed = [who for who, noticed in self.noticed.items() if not noticed]
        suite.check(len(self.noticed) > 4 and not unnoticed,
                    f"{label}: a flipped bit is noticed, in each of {len(self.noticed)}", ", ".join(unnoticed) or "not tried")
