# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Every rule of the system description: its number, what it says, why it is there and how to obey it. `explain`, the
messages and the manual's table all come from here; numbers are never used again for another rule."""
from dataclasses import dataclass

from . import limits


@dataclass(frozen=True)
class Rule:
    number: str
    title: str
    why: str
    fix: str
    text: str
    severity: str = "error"


_ALL = [
    Rule("SYS-001", "the source is well-formed",
         "a description is device-tree source (dtc's notation)", "correct the line",
         "The description is parsed by Debian's `dtc`. A node is `name { … };`, a property `name = value;`, a number "
         "stands in angle brackets, a text in double quotes. dtc stops at the first syntax error."),
    Rule("SYS-002", "the description can be read",
         "without the file there is nothing to check", "give the path of a .dts file",
         "The path given must name a file that exists and that you may read; the same holds for files it includes."),
    Rule("SYS-003", "the tree is consistent",
         "dtc refuses such a tree", "correct the reference or the name",
         "A check of dtc itself failed: a reference to a label that does not exist, a label or phandle used twice, "
         "and the like."),
    Rule("SYS-004", "the description says what it is",
         "'compatible' tells a system description from other device trees and fixes its version",
         f"write compatible = \"{limits.COMPATIBLE}\"; in the root node",
         f"The root node carries `compatible = \"{limits.COMPATIBLE}\";`. The number at its end is the version of the "
         "notation; a tool that does not know the version refuses the file."),
    Rule("SYS-005", "every property is known",
         "a misspelt property would silently leave a default in place", "correct the name or remove the property",
         "Only the properties of docs/system-description.md may stand in a description."),
    Rule("SYS-006", "every node is known",
         "a misplaced node would silently be ignored", "correct the name or remove the node",
         "The root holds the node `guests`, and may hold `networks`, `rooms` and `auditor`; `guests` holds one node for each guest, whose "
         "nodes are devices: their names begin with `disk` or `net`; `networks` and `rooms` hold one for each."),
    Rule("SYS-007", "names are used once",
         "two things of one name cannot be told apart", "rename one of them, or remove it",
         "Within one node, no two nodes and no two properties have the same name. A second top-level `/ { … };` may "
         "still add to the first or change it."),
    Rule("SYS-008", "a value has the right form",
         "a number is one cell, <n>; a text is one string, \"…\"; a flag has no value", "write the value in this form",
         "`memory-mib`, `cpus`, `priority`, `autostart`, `budget-us` and `period-us` take one number in angle brackets; "
         "`entropy`, `virtio-console`, `balloon`, `unsafe-dma`, `read-only` and `uplink` take no value; all others of a guest take one text in "
         "double quotes. The message names the form that a device's or a room's property has."),
    Rule("SYS-010", "there is a guest",
         "a system without guests has nothing to run", "add a node below 'guests'",
         "The node `guests` is there and holds at least one guest."),
    Rule("SYS-011", "not too many guests",
         f"the manager has room for {limits.GUESTS} guests", "remove some, or use a second machine",
         f"A system has at most {limits.GUESTS} guests and rooms together: each needs a domain of its own and one for its monitor, and "
         "their number is fixed when the kernel is built."),
    Rule("SYS-012", "a guest's name is plain",
         f"the name marks the guest's lines on the console and is {limits.NAME_BYTES - 1} bytes at most",
         "use letters, digits, '-' and '_', beginning with a letter",
         f"A guest's or a room's name begins with a letter, goes on with letters, digits, `-` and `_`, and has at most "
         f"{limits.NAME_BYTES - 1} of them. It has no unit address (`@…`)."),
    Rule("SYS-013", "a guest does not take the name of a part of Septum",
         "its lines on the console would pass for Septum's own", "choose another name",
         "The names " + ", ".join(f"`{name}`" for name in limits.RESERVED_NAMES) + " mark lines of Septum itself."),
    Rule("SYS-020", "a guest has memory",
         "there is no default for memory", "write memory-mib = <n>;",
         "Each guest says how much memory it has, in MiB: `memory-mib = <256>;`."),
    Rule("SYS-021", "memory comes in units of 2 MiB",
         "guests' memory is mapped in leaves of 2 MiB", "write an even number that is not zero",
         "`memory-mib` is even and not zero: the second-stage tables map a guest's memory in leaves of 2 MiB, which "
         "is quicker and needs fewer tables."),
    Rule("SYS-022", "a guest's memory is within what the kernel spans",
         f"the kernel keeps books for {limits.MEMORY_MIB} MiB at most", "ask for less",
         f"The kernel's table of frames spans {limits.MEMORY_MIB} MiB, and no guest can have more."),
    Rule("SYS-023", "all guests' memory fits the machine",
         "memory is never shared or overcommitted: each guest's is set aside when it starts",
         "give the guests less memory, or the machine more (MEMORY=…)",
         "With `--memory`, the sum over all guests, the boot bundle, and what the kernel, its table of frames (1/128 of "
         "the memory), the servers and each monitor need must not exceed the machine's memory. Guests that do not start "
         "by themselves count too, so that they can be started, and rooms, so that they can be filled. What fits by this "
         "sum also leaves room for the bundle where QEMU puts it: at half of the memory, or 128 MiB above its start."),
    Rule("SYS-030", "a guest has a kernel",
         "there is no default for the kernel", "write kernel = \"path\";",
         "Each guest names the file it starts: a Linux Image, an ELF, or a raw binary."),
    Rule("SYS-031", "a named file exists",
         "the file goes into the boot bundle", "correct the path (it counts from the description's directory), or make the file",
         "`kernel`, `initrd` and `map` name files. A relative path counts from the directory of the file it is written in."),
    Rule("SYS-032", "a named file can be read",
         "the file goes into the boot bundle", "name a regular file that you may read",
         "`kernel`, `initrd` and `map` must be regular files with read permission, not directories or devices."),
    Rule("SYS-033", "a named file is not empty",
         "an empty file is what an interrupted build or download leaves", "make the file again",
         "No kernel, initrd or map can be empty."),
    Rule("SYS-034", "a kernel is not compressed",
         "a monitor loads kernels as they are, it does not decompress", "decompress the file first",
         "gzip, xz, zstd, bzip2, lzma and lz4 files, U-Boot's uImage and the kernel's own EFI `vmlinuz` hold a "
         "compressed kernel. Use `gunzip` or the like, or the `Image` of the kernel's build. (An initrd may be "
         "compressed: the guest's kernel unpacks it.)"),
    Rule("SYS-035", "a kernel is for 64-bit little-endian RISC-V",
         "the guest's harts run RV64 code only", "take the riscv64 build of this kernel",
         "An Image of another architecture, or an ELF of another class, byte order or machine cannot run."),
    Rule("SYS-036", "an Image is complete",
         "the header promises more than the file has: a cut download or a full disk", "make or fetch the file again",
         "An Image with an EFI header (Linux's own is one) lists its sections: the file must hold all of them. Of one without, "
         "only the header of 64 bytes can be missed: its `image_size` counts memory that starts out zero, too (SYS-043)."),
    Rule("SYS-037", "an ELF is one that can be started",
         "a monitor loads a complete, static program and nothing else", "link the kernel statically, as an executable",
         "An ELF kernel is of type EXEC, needs no interpreter, has 1 to "
         f"{limits.SEGMENTS} segments to load that do not overlap, its program headers within the first "
         f"{limits.HEADERS_BYTES // 1024} KiB, and an even entry point (a physical address) inside one of the segments."),
    Rule("SYS-038", "an ELF is complete",
         "its headers point behind the end of the file: a cut download or a full disk", "make or fetch the file again",
         "The program headers and all bytes of all segments to load must be in the file."),
    Rule("SYS-039", "an ELF lies in the guest's memory",
         "an ELF is loaded where its physical addresses say, and a guest's memory begins at 0x80000000",
         "link the kernel into the guest's memory, or give the guest more (memory-mib)",
         "Each segment's physical addresses lie between 0x80000000 and the end of the guest's memory."),
    Rule("SYS-040", "kernel, initrd and device tree fit the guest's memory",
         "they are all in the guest's memory at its start", "give the guest more memory (memory-mib), or smaller files",
         "An Image (with the zeroed memory it asks for) or a raw binary is loaded 2 MiB above the start of memory; initrd "
         f"and device tree ({limits.TREE_BYTES // 1024} KiB are kept for it) must fit behind it. A kernel needs more than "
         "that to run well: this is the least."),
    Rule("SYS-041", "a kernel is a kernel",
         "a file of this format holds no code for the guest to start", "name the kernel; swap 'kernel' and 'initrd' if they are the wrong way round",
         "The file is of a format that surely is no kernel: a cpio archive, a compiled device tree, a script. Any other "
         "file that is neither Image nor ELF is taken as a raw binary."),
    Rule("SYS-042", "a map lists symbols",
         "the crash card takes the names of functions from it", "name the System.map of this very kernel, or leave `map` out",
         "`map` is a text such as Linux's `System.map`, or what `nm` prints: in each line an address in hexadecimal digits, a "
         "letter, and a name. It has more than one function (`t` or `T`): Debian's packages bring a stub without."),
    Rule("SYS-043", "an Image is not much shorter than what it asks for",
         "what its file does not hold starts out zero, and nothing tells zeros that are meant from a cut file",
         "if it does not start, make or fetch the file again",
         "An Image without an EFI header, such as a small kernel with a large stack or page pool, may ask by the `image_size` of "
         "its header for any amount of memory beyond its file. If the file is less than half of that, it may also have been cut; "
         "so this is a warning.", "warning"),
    Rule("SYS-050", "bootargs are short",
         f"the boot bundle has room for {limits.ARGS_BYTES - 1} characters", "shorten them",
         f"`bootargs` has at most {limits.ARGS_BYTES - 1} characters."),
    Rule("SYS-051", "bootargs are ASCII",
         "a kernel command line is plain text in one line", "use printable ASCII characters",
         "`bootargs` holds the characters from space to `~` only."),
    Rule("SYS-052", "a guest has 1 to 8 CPUs",
         f"a monitor has room for {limits.CPUS} vCPUs", f"write a number from 1 to {limits.CPUS}",
         f"`cpus` is between 1 and {limits.CPUS}; the default is 1."),
    Rule("SYS-053", "a guest has no more CPUs than the machine has harts",
         "vCPUs that share a hart only wait for each other", "give the guest fewer CPUs, or the machine more (HARTS=…)",
         "With `--harts`: vCPUs are pinned to harts, and two of one guest on one hart cost time and gain nothing. It "
         "works, so this is a warning.", "warning"),
    Rule("SYS-054", "the mode is known",
         "a guest runs in one of three modes", 'write "auto", "hardware" or "shadow"',
         "`mode` is `\"hardware\"` (the H extension), `\"shadow\"` (trap and emulate) or `\"auto\"` (what the hart offers; "
         "the default). A guest in shadow mode takes 4 MiB for each CPU beside its own memory, for its shadow tables."),
    Rule("SYS-055", "the harts serve the mode",
         "hardware mode runs a guest's kernel in VS mode, which is part of the H extension",
         'write "shadow" or "auto", or use harts with the H extension (H=on)',
         "With `--h off`: no guest asks for `\"hardware\"`. A description that was compiled for other harts is refused at "
         "boot, by the manager, guest by guest; likewise one that asks for `\"shadow\"` on harts without Sv48."),
    Rule("SYS-056", "priority is from 1 to 4",
         "0 is for idle work, 5 and more for servers, which guests must not hold up", "write a number from 1 to 4",
         "`priority` orders the guests that share a hart: 4 runs first, the default is 2."),
    Rule("SYS-057", "autostart is 0 or 1",
         "a guest starts by itself or it does not", "write <0> or <1>",
         "`autostart = <0>;` leaves a guest off until it is started from the console; the default is 1."),
    Rule("SYS-058", "restart is \"never\" or \"on-crash\"",
         "these are the two policies the manager has", 'write "never" or "on-crash"',
         "`restart = \"on-crash\";` starts a guest again after it crashed; the default is `\"never\"`. A guest's own "
         "shutdown and reboot are not crashes."),
    Rule("SYS-059", "budget and period come together",
         "a budget is so many microseconds of each period", "write both, or neither",
         "`budget-us` and `period-us` limit each vCPU of a guest to a share of its hart. One alone says nothing."),
    Rule("SYS-060", "budget and period are within range",
         f"a period is {limits.PERIOD_US[0]} to {limits.PERIOD_US[1]} microseconds, a budget at least {limits.BUDGET_US}",
         "write a number in this range",
         f"`period-us` is from {limits.PERIOD_US[0]} to {limits.PERIOD_US[1]}, `budget-us` at least {limits.BUDGET_US}: "
         "shorter ones would spend the time on switching."),
    Rule("SYS-061", "the budget is within the period",
         "nobody can have more time than there is", "lower the budget or raise the period",
         "`budget-us` is at most `period-us`."),
    Rule("SYS-062", "a guest starts by itself",
         "the machine would start and wait for the console", "leave autostart out of at least one guest",
         "All guests have `autostart = <0>;`. That can be meant, so this is a warning.", "warning"),
    Rule("SYS-070", "the servers are there",
         "the boot bundle carries manager, monitor and console, and pci, block, net, entropy, uplink, disk and auditor where they are wanted",
         "build them (make), or name their directory (--servers)",
         "`bundle` takes `manager.elf`, `monitor.elf` and `console.elf` from the directory given by `--servers`, and of `pci.elf`, `block.elf`, "
         "`net.elf`, `entropy.elf`, `uplink.elf` and `disk.elf` those that a guest's devices need, and `auditor.elf` if there is a node `auditor`."),
    Rule("SYS-071", "a server is a complete RISC-V ELF",
         "the loader and the manager refuse anything else", "build the servers again",
         "Each server is a static 64-bit little-endian RISC-V executable with all its segments in the file."),
    Rule("SYS-080", "a disk is a file or a slice",
         "a disk has one place for its sectors", 'write file = "path"; or slice = <first count>;',
         "Every node of a guest whose name begins with `disk` is a disk, in order. It names either a file of the machine's "
         "shared directory, or a slice of the physical disk: its first sector and how many, of 512 bytes."),
    Rule("SYS-081", "a disk's file is there, and can be used",
         "the block server opens it when the guest starts", "correct the path (it counts from the description's directory), make "
         "the file, or write read-only; or overlay;",
         "The file is a regular file that you may read and, unless the disk is `read-only` or has an `overlay`, write. An "
         "overlay's file is made when it is missing."),
    Rule("SYS-082", "a disk's file is whole sectors",
         "a disk is read and written by sectors of 512 bytes", "make it larger: truncate -s %512 FILE",
         "The size of the file is a multiple of 512 and not zero."),
    Rule("SYS-083", "disks' files lie in the shared directory",
         "the machine is given one directory of this host, and nothing else of it",
         "put the disks' files below one directory, or name it (--share)",
         "All files and overlays are below the directory given by `--share`, or, without it, below the deepest directory that "
         "holds them all; that must not be `/`. Symbolic links are followed first."),
    Rule("SYS-084", "a file that is written has one user",
         "two guests that write one file system destroy it, and one that reads it is misled",
         "write overlay; at both, or read-only; at both, or give each a file",
         "No file that a disk writes, as its file or as its overlay, is used by another disk. Any number may share a file that all "
         "of them only read: with `read-only`, or below an `overlay`."),
    Rule("SYS-085", "an overlay is a file of its own",
         "the file below stays as it is", 'name another file, or write overlay; alone',
         "`overlay = \"path\";` names another file than `file`. `overlay;` alone derives one: the file's name, the guest's and the "
         "disk's, as in `base.img.web-disk.overlay`."),
    Rule("SYS-086", "an overlay is below a file that would be written",
         "an overlay takes the writes to a file", "remove one of the two",
         "A disk that is `read-only`, or a slice, has no `overlay`."),
    Rule("SYS-087", "slices are apart",
         "two guests that write one sector destroy each other's data", "move or shrink one of the slices",
         "A slice has at least one sector, and two slices share none, unless both disks are `read-only`."),
    Rule("SYS-088", f"a guest has at most {limits.DEVICES} devices",
         f"a monitor has room for {limits.DEVICES} virtio devices", "remove some",
         "Disks, nets, `entropy`, `virtio-console` and `balloon` count as one each."),
    Rule("SYS-089", "there are not too many disks and nets",
         f"the bundle has room for {limits.DISKS} disks and {limits.NETS} nets", "remove some",
         f"All guests together have at most {limits.DISKS} disks and {limits.NETS} nets."),
    Rule("SYS-090", f"there are at most {limits.NETWORKS} networks",
         f"the net server has room for {limits.NETWORKS} networks", "join some, and tell their guests apart by vlan",
         f"The node `networks` of the root holds at most {limits.NETWORKS} nodes, each a network. `uplink;` joins one to the "
         "machine's own network device."),
    Rule("SYS-091", "a network's name is plain",
         f"it stands in messages and is {limits.NAME_BYTES - 1} bytes at most",
         "use letters, digits, '-' and '_', beginning with a letter",
         f"A network's name begins with a letter, goes on with letters, digits, `-` and `_`, and has at most "
         f"{limits.NAME_BYTES - 1} of them."),
    Rule("SYS-092", "a net is on a network",
         "a network device has one cable", "write networks { lan: lan { }; }; in the root node, and network = <&lan>;",
         "Every node of a guest whose name begins with `net` is a network device, in order. `network` refers to a node of "
         "`networks` by its label."),
    Rule("SYS-093", "a MAC address is one station's",
         "the switch tells guests apart by it", "write six bytes, as [02 00 00 00 00 01], or leave it out",
         "`mac` has six bytes, not all zero, and its first byte is even. Without it, one is derived from the names of guest and "
         "node; it begins with 02, as addresses of local use do."),
    Rule("SYS-094", "MAC addresses differ on a network",
         "the switch would take both for one station", "change one, or leave it out",
         "No two nets of one network have the same address."),
    Rule("SYS-095", f"a VLAN is from 1 to {limits.VLAN}",
         "0 and 4095 are reserved (IEEE 802.1Q)", "write a number in this range, or leave it out",
         "`vlan` puts a net's frames into that VLAN of its network; the guest sees no tag, and reaches only nets of the same one."),
    Rule("SYS-096", "a disk's path is short and plain",
         f"the boot bundle has room for {limits.PATH_BYTES - 1} bytes, and messages show them", "rename it, shorten it, or share a deeper directory",
         f"A file's path below the shared directory has at most {limits.PATH_BYTES - 1} bytes, none of them a control "
         "character."),
    Rule("SYS-097", "a room has a folder",
         "what a guest at run time may reach is fixed before the boot", 'write folder = "path"; with a directory that is there',
         "`folder` of a room names a directory of the host, which lies below the shared one (SYS-083): the files of disks of a "
         "guest in that room lie below it."),
    Rule("SYS-098", "a room's networks are networks",
         "which networks a guest at run time may be on is fixed before the boot", "write networks = <&lan>; or leave it out",
         "`networks` of a room refers to nodes of `networks` by their labels: a guest in that room may be on these, in any VLAN, "
         "and on no other."),
    Rule("SYS-099", "a description for a room is one guest",
         "it comes into a machine that runs, whose own description stands", "write one guest, and nothing of the machine",
         "With `bundle --guest`: the description has one guest, no rooms, no `unsafe-dma`, and its disks are files. Its "
         "`networks` are those of the machine, known by their names."),
    Rule("SYS-100", "one network has the uplink",
         "two networks on one wire would be one network", "remove uplink; from all networks but one",
         "At most one network has `uplink;`: the machine has one network device, and what two networks send by it would meet "
         "there. VLANs of that one network stay apart on the wire, by their tags."),
    Rule("SYS-101", "an auditor's period is within range",
         "an audit takes seconds of the last hart's time", f"write a number from 1 to {limits.AUDIT_SECONDS}, or leave every-s out",
         "The root's node `auditor` gives the system an auditor, which re-checks the memory invariant of the running system when the "
         f"console asks for it. `every-s = <n>;`, from 1 to {limits.AUDIT_SECONDS}, has it do so by itself, too, every n seconds."),
]

RULES = {rule.number: rule for rule in _ALL}
