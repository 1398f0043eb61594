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
         "The root holds one node, `guests`; `guests` holds one node for each guest; a guest holds none."),
    Rule("SYS-007", "names are used once",
         "two things of one name cannot be told apart", "rename one of them, or remove it",
         "Within one node, no two nodes and no two properties have the same name. A second top-level `/ { … };` may "
         "still add to the first or change it."),
    Rule("SYS-008", "a value has the right form",
         "a number is one cell, <n>; a text is one string, \"…\"", "write the value in this form",
         "`memory-mib`, `cpus`, `priority`, `autostart`, `budget-us` and `period-us` take one number in angle brackets; "
         "all others take one text in double quotes."),
    Rule("SYS-010", "there is a guest",
         "a system without guests has nothing to run", "add a node below 'guests'",
         "The node `guests` is there and holds at least one guest."),
    Rule("SYS-011", "not too many guests",
         f"the manager has room for {limits.GUESTS} guests", "remove some, or use a second machine",
         f"A system has at most {limits.GUESTS} guests: each needs a domain of its own and one for its monitor, and "
         "their number is fixed when the kernel is built."),
    Rule("SYS-012", "a guest's name is plain",
         f"the name marks the guest's lines on the console and is {limits.NAME_BYTES - 1} bytes at most",
         "use letters, digits, '-' and '_', beginning with a letter",
         f"A guest's name begins with a letter, goes on with letters, digits, `-` and `_`, and has at most "
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
         "by themselves count too, so that they can be started. What fits by this sum also leaves room for the bundle where "
         "QEMU puts it: at half of the memory, or 128 MiB above its start."),
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
         "An Image with an EFI header lists its sections: the file must hold all of them. One without must hold "
         "at least half of the `image_size` of its header, the rest being memory that starts out zero (kernels with more "
         "of it than that come as ELF)."),
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
         "the boot bundle carries manager, monitor and console", "build them (make), or name their directory (--servers)",
         "`bundle` takes `manager.elf`, `monitor.elf` and `console.elf` from the directory given by `--servers`."),
    Rule("SYS-071", "a server is a complete RISC-V ELF",
         "the loader and the manager refuse anything else", "build the servers again",
         "Each server is a static 64-bit little-endian RISC-V executable with all its segments in the file."),
]

RULES = {rule.number: rule for rule in _ALL}
