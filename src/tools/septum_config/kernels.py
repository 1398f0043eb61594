# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Tells what a kernel file is, and what is wrong with it. Findings are (rule, text[, fix]); the caller adds the place."""
import re
import struct
from dataclasses import dataclass, field

from . import limits

COMPRESSED = [
    (b"\x1f\x8b", "gzip", "gunzip"), (b"\xfd7zXZ\0", "xz", "unxz"), (b"\x28\xb5\x2f\xfd", "zstd", "unzstd"),
    (b"BZh", "bzip2", "bunzip2"), (b"\x5d\x00\x00", "lzma", "unlzma"), (b"\x04\x22\x4d\x18", "lz4", "unlz4"),
    (b"\x02\x21\x4c\x18", "lz4 (legacy)", "unlz4"),
]
NO_KERNEL = [
    (b"070701", "a cpio archive"), (b"070702", "a cpio archive"), (b"\xd0\x0d\xfe\xed", "a compiled device tree"),
    (b"#!", "a script"),
]
MACHINES = {3: "x86 (32 bit)", 8: "MIPS", 20: "PowerPC", 21: "PowerPC (64 bit)", 22: "S/390", 40: "ARM (32 bit)",
            62: "x86-64", 183: "ARM64", 243: "RISC-V", 258: "LoongArch"}
ELF_HEADER = struct.Struct("<16xHHIQQQIHHHHHH")
ELF_SEGMENT = struct.Struct("<IIQQQQQQ")
EXECUTABLE, LOAD, INTERPRETER = 2, 1, 3
IMAGE_BIG_ENDIAN = 1


@dataclass
class Kernel:
    kind: str = "raw"  # image, elf, raw
    span: int = 0  # bytes of guest memory from the load address (image, raw)
    segments: list = field(default_factory=list)  # (first, end) physical, of an ELF
    findings: list = field(default_factory=list)
    doubts: list = field(default_factory=list)  # of the same form: the kernel may start all the same

    def find(self, *finding):
        self.findings.append(finding)
        return self


def u16(data, at):
    return int.from_bytes(data[at:at + 2], "little")


def u32(data, at):
    return int.from_bytes(data[at:at + 4], "little")


def u64(data, at):
    return int.from_bytes(data[at:at + 8], "little")


def foreign_image(data):
    if data[0x38:0x3c] == b"ARM\x64":
        return "ARM64"
    if data[0x202:0x206] == b"HdrS" and data[510:512] == b"\x55\xaa":
        return "x86"
    if data[0x24:0x28] == b"\x18\x28\x6f\x01":
        return "ARM (32 bit)"
    if data[0x38:0x3c] == b"\x81\x82\x83\x00" or data[0:2] == b"MZ" and data[8:15] == b"LoongAr":
        return "LoongArch"
    return None


def sections_end(data):
    """Where the sections that the EFI header lists end in the file; 0 if there is no such header."""
    start = u32(data, 0x3c)
    if data[:2] != b"MZ":
        return 0
    if len(data) < start + 24:
        return start + 24
    if data[start:start + 4] != b"PE\0\0":
        return 0
    table = start + 24 + u16(data, start + 20)
    end = table + 40 * u16(data, start + 6)
    for at in range(table, end, 40):
        if at + 40 <= len(data):
            end = max(end, u32(data, at + 16) + u32(data, at + 20))
    return end


def read_image(data):
    kernel = Kernel("image", max(u64(data, 16), len(data)))
    size, end = u64(data, 16), sections_end(data)
    if u64(data, 24) & IMAGE_BIG_ENDIAN:
        kernel.find("SYS-035", "is a big-endian Image")
    elif len(data) < 64:
        kernel.find("SYS-036", f"is cut short: {len(data)} bytes, not even its header of 64")
    elif len(data) < end:
        kernel.find("SYS-036", f"is cut short: {len(data)} bytes, its header lists {end}")
    elif end == 0 and len(data) < size // 2:
        kernel.doubts.append(("SYS-043", f"has {len(data)} bytes, its header asks for {size} in memory"))
    return kernel


def elf_identity(data):
    """What speaks against this ELF on any RV64 hart, or None."""
    if len(data) < 20:
        return "SYS-038", f"is a cut ELF: {len(data)} bytes"
    order = {1: "little", 2: "big"}.get(data[5], "little")
    machine = int.from_bytes(data[18:20], order)
    name = MACHINES.get(machine, f"machine {machine}")
    if machine != 243:
        return "SYS-035", f"is an ELF for {name}"
    if data[4] != 2:
        return "SYS-035", "is an ELF for 32-bit RISC-V"
    if data[5] != 1:
        return "SYS-035", "is an ELF for big-endian RISC-V"
    if len(data) < 64:
        return "SYS-038", f"is a cut ELF: {len(data)} bytes, not even its header of 64"
    return None


def elf_segments(data, kernel):
    """The program headers, as tuples (type, offset, physical, file bytes, memory bytes); None if they are cut off."""
    fields = ELF_HEADER.unpack_from(data)
    start, size, count = fields[4], fields[8], fields[9]
    if count and size != ELF_SEGMENT.size:
        kernel.find("SYS-037", f"has program headers of {size} bytes instead of {ELF_SEGMENT.size}")
        return None
    if start + size * count > limits.HEADERS_BYTES:
        kernel.find("SYS-037", f"has program headers behind its first {limits.HEADERS_BYTES // 1024} KiB")
        return None
    if start + size * count > len(data):
        kernel.find("SYS-038", f"is a cut ELF: {len(data)} bytes, its program headers end at {start + size * count}")
        return None
    headers = [ELF_SEGMENT.unpack_from(data, start + size * i) for i in range(count)]
    return [(h[0], h[2], h[4], h[5], h[6]) for h in headers]


def check_segment(data, kernel, offset, physical, stored, needed):
    if stored > needed:
        kernel.find("SYS-037", f"has a segment at {physical:#x} with more bytes in the file than in memory")
    elif offset + stored > len(data):
        kernel.find("SYS-038", f"is a cut ELF: {len(data)} bytes, the segment at {physical:#x} ends at {offset + stored}")


def read_elf(data):
    kernel = Kernel("elf")
    wrong = elf_identity(data)
    if wrong:
        return kernel.find(*wrong)
    headers = elf_segments(data, kernel)
    if headers is None:
        return kernel
    kind, entry = ELF_HEADER.unpack_from(data)[0], ELF_HEADER.unpack_from(data)[3]
    if any(header[0] == INTERPRETER for header in headers):
        return kernel.find("SYS-037", "is an ELF that needs an interpreter (a dynamically linked program)")
    if kind != EXECUTABLE:
        return kernel.find("SYS-037", "is an ELF, but no executable with fixed addresses (its type is not EXEC)")
    for _, offset, physical, stored, needed in (h for h in headers if h[0] == LOAD and h[4]):
        check_segment(data, kernel, offset, physical, stored, needed)
        kernel.segments.append((physical, physical + needed))
    kernel.segments.sort()
    if not kernel.segments:
        return kernel.find("SYS-037", "is an ELF without a segment to load")
    if len(kernel.segments) > limits.SEGMENTS:
        kernel.find("SYS-037", f"has {len(kernel.segments)} segments to load, more than {limits.SEGMENTS}")
    check_places(entry, kernel)
    return kernel


def check_places(entry, kernel):
    for before, after in zip(kernel.segments, kernel.segments[1:]):
        if before[1] > after[0]:
            kernel.find("SYS-037", f"has segments that overlap at {after[0]:#x}")
    if not any(first <= entry < end for first, end in kernel.segments):
        kernel.find("SYS-037", f"has its entry point {entry:#x} outside its segments (by physical address)")
    elif entry % 2:
        kernel.find("SYS-037", f"has an odd entry point {entry:#x}")


def identify(data):
    """What the file is, with what is wrong with it in itself."""
    if data[:4] == b"\x7fELF":
        return read_elf(data)
    if data[0x38:0x3c] == b"RSC\x05" or data[0x30:0x35] == b"RISCV":
        return read_image(data)
    for magic, name, tool in COMPRESSED:
        if data.startswith(magic):
            return Kernel().find("SYS-034", f"is compressed with {name}", f"decompress the file first: {tool}")
    if data[:4] == b"\x27\x05\x19\x56":
        return Kernel().find("SYS-034", "is wrapped for U-Boot (uImage)", "use the Image it was made from")
    if data[:2] == b"MZ" and data[4:8] == b"zimg":
        return Kernel().find("SYS-034", "is a compressed EFI kernel (vmlinuz)", "use the Image it was made from")
    foreign = foreign_image(data)
    if foreign:
        return Kernel().find("SYS-035", f"is a Linux kernel for {foreign}")
    for magic, name in NO_KERNEL:
        if data.startswith(magic):
            return Kernel().find("SYS-041", f"is {name}")
    return Kernel("raw", len(data))


def map_fault(data):
    """What speaks against this map of symbols, or None."""
    symbols = 0
    for number, line in enumerate(data.split(b"\n"), 1):
        if line and not re.fullmatch(rb"([0-9a-fA-F]{8,16}| +) [!-~] \S+.*", line):
            return f"has no symbol in line {number}"
        symbols += bool(re.match(rb"\S+ [tTwW] ", line))
    return None if symbols > 1 else "has no functions"


def mib(count):
    """Bytes as MiB, rounded up to a tenth."""
    tenths = -(-count * 10 // limits.MIB)
    return f"{tenths // 10}.{tenths % 10} MiB" if tenths % 10 else f"{tenths // 10} MiB"


def fit(kernel, initrd_bytes, memory_bytes):
    """What speaks against starting this kernel, without findings of its own, in so much memory."""
    base, end = limits.RAM_BASE, limits.RAM_BASE + memory_bytes
    if kernel.kind == "elf":
        outside = [s for s in kernel.segments if s[0] < base or s[1] > end]
        if outside:
            return [("SYS-039", f"has a segment at {outside[0][0]:#x} .. {outside[0][1]:#x}, "
                     f"outside the guest's memory {base:#x} .. {end:#x}")]
        used = max(last for _, last in kernel.segments) - base
    else:
        used = limits.LOAD_OFFSET + kernel.span
    need = used + initrd_bytes + limits.TREE_BYTES
    if need <= memory_bytes:
        return []
    with_initrd = f", initrd {mib(initrd_bytes)}" if initrd_bytes else ""
    return [("SYS-040", f"needs {mib(need)} of memory to start (kernel to {mib(used)}{with_initrd}, device tree), "
             f"the guest has {mib(memory_bytes)}")]
