# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Tests beyond the broken examples: each takes the tool (a function that runs it) and the work directory."""
import glob
import json
import os
import random
import re
import subprocess
import tempfile
import zlib

import fixtures
from septum_config import config, layout, limits
from septum_config.messages import Report
from septum_config.rules import RULES
from septum_config.source import read_tree

HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
SERVERS = ("--servers", "files/good")


def write(directory, name, guests):
    text = "/dts-v1/;\n/ { compatible = \"" + limits.COMPATIBLE + "\"; guests {\n" + guests + "}; };\n"
    with open(os.path.join(directory, name), "w", encoding="utf-8") as stream:
        stream.write(text)
    return name


def guest(name, more="", kernel="files/image", memory=16):
    return f'{name} {{ memory-mib = <{memory}>; kernel = "{kernel}"; {more} }};\n'


def equal(got, wanted):
    assert got == wanted, f"\n got    {got!r}\n wanted {wanted!r}"


def c_program(directory):
    program = os.path.join(directory, "layout")
    if not os.path.exists(program):
        subprocess.run(["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-I", f"{TOP}/include", "-o", program,
                        f"{HERE}/layout.c"], check=True)
    return program


def c_output(directory, *arguments):
    run = subprocess.run([c_program(directory), *arguments], capture_output=True, text=True, check=True, cwd=directory)
    return run.stdout.splitlines()


def test_layout_is_the_header_s(_tool, directory):
    """Every field of every struct of bundle.h, its place and its size."""
    stated = {line.split()[0]: tuple(map(int, line.split()[1:])) for line in c_output(directory) if "." in line}
    ours = {}
    for struct_name, fields in (("bundle_file", layout.FILE), ("bundle_guest", layout.GUEST), ("bundle", layout.HEAD),
                                ("bundle_disk", layout.DISK), ("bundle_net", layout.NET), ("bundle_network", layout.NETWORK)):
        for name, at in layout.offsets(fields).items():
            ours[f"{struct_name}.{name}"] = (at, layout.size([field for field in fields if field[0] == name]))
    ours["bundle.file"] = (layout.FILE_TABLE, layout.GUEST_TABLE - layout.FILE_TABLE)
    ours["bundle.guest"] = (layout.GUEST_TABLE, layout.DEVICE_HEAD - layout.GUEST_TABLE)
    for name, at in layout.offsets(layout.DEVICES).items():
        ours[f"bundle.{name}"] = (layout.DEVICE_HEAD + at, 4)
    ours["bundle.disk"] = (layout.DISK_TABLE, layout.NET_TABLE - layout.DISK_TABLE)
    ours["bundle.net"] = (layout.NET_TABLE, layout.NETWORK_TABLE - layout.NET_TABLE)
    ours["bundle.network"] = (layout.NETWORK_TABLE, layout.HEADER_BYTES - layout.NETWORK_TABLE)
    equal(ours, stated)
    with open(f"{TOP}/include/septum/bundle.h", encoding="utf-8") as stream:
        declared = re.findall(r"^\t(?:char|uint\d+_t|struct \w+) (\w+)(?:\[\w+\])?;", stream.read(), re.MULTILINE)
    equal(len(declared), len(stated))


def test_numbers_are_the_header_s(_tool, directory):
    stated = dict(line.rsplit(" ", 1) for line in c_output(directory) if "." not in line)
    ours = {
        "sizeof(struct bundle_file)": layout.size(layout.FILE), "sizeof(struct bundle_guest)": layout.size(layout.GUEST),
        "sizeof(struct bundle)": layout.HEADER_BYTES, "BUNDLE_MAGIC": layout.MAGIC, "BUNDLE_VERSION": layout.VERSION,
        "BUNDLE_FILES": limits.FILES, "BUNDLE_GUESTS": limits.GUESTS, "BUNDLE_NAME_BYTES": limits.NAME_BYTES,
        "BUNDLE_ARGS_BYTES": limits.ARGS_BYTES, "BUNDLE_NO_FILE": layout.NO_FILE,
        "sizeof(struct bundle_disk)": layout.size(layout.DISK), "sizeof(struct bundle_net)": layout.size(layout.NET),
        "sizeof(struct bundle_network)": layout.size(layout.NETWORK), "BUNDLE_DISKS": limits.DISKS,
        "BUNDLE_NETS": limits.NETS, "BUNDLE_NETWORKS": limits.NETWORKS, "BUNDLE_PATH_BYTES": limits.PATH_BYTES,
        "BUNDLE_GUEST_ENTROPY": layout.GUEST_ENTROPY, "BUNDLE_GUEST_CONSOLE": layout.GUEST_CONSOLE,
        "BUNDLE_GUEST_BALLOON": layout.GUEST_BALLOON,
        "BUNDLE_GUEST_ROOM": layout.GUEST_ROOM, "BUNDLE_GUEST_DISKS": layout.GUEST_DISKS,
        "BUNDLE_DISK_READ_ONLY": layout.DISK_READ_ONLY, "BUNDLE_DISK_OVERLAY": layout.DISK_OVERLAY,
        "BUNDLE_DISK_SLICE": layout.DISK_SLICE, "BUNDLE_NETWORK_UPLINK": layout.NETWORK_UPLINK,
        "BUNDLE_UNSAFE_DMA": layout.UNSAFE_DMA, "BUNDLE_AUDITOR": layout.AUDITOR,
        "BUNDLE_AUDIT_SECONDS": limits.AUDIT_SECONDS, "GUEST_DEVICES": limits.DEVICES,
        "BUNDLE_SERVER": layout.FILE_KINDS["server"], "BUNDLE_KERNEL_IMAGE": layout.FILE_KINDS["image"],
        "BUNDLE_KERNEL_ELF": layout.FILE_KINDS["elf"], "BUNDLE_KERNEL_RAW": layout.FILE_KINDS["raw"],
        "BUNDLE_INITRD": layout.FILE_KINDS["initrd"], "BUNDLE_MAP": layout.FILE_KINDS["map"],
        "BUNDLE_AUTO": layout.MODES["auto"],
        "BUNDLE_HARDWARE": layout.MODES["hardware"], "BUNDLE_SHADOW": layout.MODES["shadow"],
        "BUNDLE_RESTART_NEVER": layout.RESTARTS["never"], "BUNDLE_RESTART_ON_CRASH": layout.RESTARTS["on-crash"],
        "(uint64_t)FRAMES * FRAME_BYTES": limits.MEMORY_MIB * limits.MIB, "GUEST_CPUS": limits.CPUS,
        "GUEST_RAM_BASE": limits.RAM_BASE, "(uint64_t)SHADOW_ARENA_FRAMES * FRAME_BYTES": limits.ARENA_BYTES,
    }
    equal({name: str(value) for name, value in ours.items()}, stated)


def bundle(tool, source, output, *more):
    result = tool("bundle", source, *SERVERS, "-o", output, *more)
    assert result.returncode == 0, result.stderr


def test_c_reads_what_was_described(tool, directory):
    """Every property of a guest, not at its default, and a guest with nothing but defaults."""
    full = ('initrd = "files/initrd.cpio"; bootargs = "console=ttyS0 \\"a b\\""; cpus = <3>; mode = "hardware"; '
            'priority = <4>; autostart = <0>; restart = "on-crash"; budget-us = <4000>; period-us = <10000>; map = "files/System.map";')
    bundle(tool, write(directory, "full.dts", guest("web", full, memory=64) + guest("plain")
                       + guest("elf", kernel="files/elf") + guest("raw", kernel="files/raw.bin")), "full.bundle")
    lines = c_output(directory, "full.bundle")
    with open(f"{directory}/full.bundle", "rb") as stream:
        data = stream.read()
    equal(lines[0], f"full.dts {len(data)}")
    equal([line for line in lines if line.startswith("guest")], [
        'guest web [console=ttyS0 "a b"] 67108864 3 1 4 0 3 4 1 4000 10000 5 0',
        "guest plain [] 16777216 1 0 2 1 3 4294967295 0 0 0 4294967295 0",
        "guest elf [] 16777216 1 0 2 1 6 4294967295 0 0 0 4294967295 0",
        "guest raw [] 16777216 1 0 2 1 7 4294967295 0 0 0 4294967295 0"])
    files = [line.split() for line in lines if line.startswith("file")]
    equal([(file[1], file[4]) for file in files], [("manager", "1"), ("monitor", "1"), ("console", "1"), ("image", "2"),
                                                   ("initrd.cpio", "5"), ("System.map", "6"), ("elf", "3"), ("raw.bin", "4")])
    sources = ["good/manager.elf", "good/monitor.elf", "good/console.elf", "image", "initrd.cpio", "System.map", "elf",
               "raw.bin"]
    for (_, _, offset, length, _, crc), name in zip(files, sources):
        start, end = int(offset), int(offset) + int(length)
        equal(data[start:end], fixtures.FILES[name])
        equal(int(crc, 16), zlib.crc32(fixtures.FILES[name]))
        assert start % 4096 == 0 and not any(data[end:-(-end // 4096) * 4096]), "aligned, and padded with zeros"


def test_header_checksum(tool, directory):
    bundle(tool, write(directory, "sum.dts", guest("web")), "sum.bundle")
    with open(f"{directory}/sum.bundle", "rb") as stream:
        header = bytearray(stream.read(layout.HEADER_BYTES))
    at = layout.offsets(layout.HEAD)["header_crc32"]
    stated, header[at:at + 4] = int.from_bytes(header[at:at + 4], "little"), bytes(4)
    equal(stated, zlib.crc32(header))


def test_same_input_same_bytes(tool, directory):
    source = write(directory, "same.dts", guest("web", 'initrd = "files/initrd.cpio";') + guest("db"))
    contents = []
    for name in ("same.1", "same.2"):
        bundle(tool, source, name)
        with open(f"{directory}/{name}", "rb") as stream:
            contents.append(stream.read())
    equal(contents[0], contents[1])


def test_shared_file_is_stored_once(tool, directory):
    os.symlink("image", f"{directory}/files/link")
    names = [guest("a"), guest("b"), guest("c", kernel="files/../files/image"), guest("d", kernel="files/link"),
             guest("e", 'initrd = "files/image";')]
    bundle(tool, write(directory, "once.dts", "".join(names)), "once.bundle")
    kinds = [line.split()[4] for line in c_output(directory, "once.bundle") if line.startswith("file")]
    equal(kinds, ["1", "1", "1", "2", "5"])  # three servers; the one file as a kernel, and once more as an initrd


def test_as_many_guests_as_fit(tool, directory):
    """The most guests, the longest name, each with files of its own, the longest bootargs, the most memory."""
    text = ""
    for i in range(limits.GUESTS):
        for name in (f"kernel{i}", f"initrd{i}"):
            with open(f"{directory}/files/{name}", "wb") as stream:
                stream.write(b"\x6f\0\0\0" + bytes([i]))
        text += guest(f"g{i}".ljust(31, "x"), f'initrd = "files/initrd{i}"; bootargs = "{"x" * 511}"; cpus = <8>;',
                      f"files/kernel{i}", limits.MEMORY_MIB)
    bundle(tool, write(directory, "most.dts", text), "most.bundle")
    lines = c_output(directory, "most.bundle")
    equal(sum(line.startswith("file") for line in lines), 2 * limits.GUESTS + 3)
    last = [line for line in lines if line.startswith("guest")][-1]
    equal(last.split(" ", 3)[:3], ["guest", "g23".ljust(31, "x"), f"[{'x' * 511}]"])


def test_least_and_most_are_allowed(tool, directory):
    names = [guest("a", "priority = <1>; budget-us = <100>; period-us = <1000>; cpus = <1>;", "files/raw.bin", 4),
             guest("b", "priority = <4>; budget-us = <1000000>; period-us = <1000000>; cpus = <8>;")]
    result = tool("check", write(directory, "limits.dts", "".join(names)), "--harts", "8")
    equal((result.returncode, result.stderr), (0, ""))
    equal(result.stdout, "limits.dts: ok, 2 guests, 20 MiB of guest memory\n")


def test_long_file_name_is_cut(tool, directory):
    name = "n" * 60
    with open(f"{directory}/files/{name}", "wb") as stream:
        stream.write(fixtures.image())
    bundle(tool, write(directory, "long.dts", guest("web", kernel=f"files/{name}")), "long.bundle")
    assert any(line.startswith(f"file {'n' * 31} ") for line in c_output(directory, "long.bundle"))


def test_refused_bundle_leaves_the_old_one(tool, directory):
    good = write(directory, "good.dts", guest("web"))
    bundle(tool, good, "keep.bundle")
    with open(f"{directory}/keep.bundle", "rb") as stream:
        before = stream.read()
    bad = write(directory, "refused.dts", guest("web", memory=0))
    equal(tool("bundle", bad, *SERVERS, "-o", "keep.bundle").returncode, 1)
    with open(f"{directory}/keep.bundle", "rb") as stream:
        equal(stream.read(), before)
    result = tool("bundle", good, *SERVERS, "-o", "nowhere/out.bundle")
    equal((result.returncode, result.stderr), (1, "septum-config: nowhere/out.bundle.part: No such file or directory\n"))
    equal(glob.glob(f"{directory}/*.part"), [])


def test_depfile_names_every_input(tool, directory):
    source = write(directory, "dep.dts", guest("web", 'initrd = "files/initrd.cpio";'))
    bundle(tool, source, "dep.bundle", "--depfile", "dep.d")
    with open(f"{directory}/dep.d", encoding="utf-8") as stream:
        rule = stream.readline()
    equal(rule.split(), ["dep.bundle:", "dep.dts", "files/good/console.elf", "files/good/manager.elf",
                         "files/good/monitor.elf", "files/image", "files/initrd.cpio"])


def test_exit_status(tool, directory):
    good = write(directory, "status.dts", guest("web"))
    for status, *words in ((0, "check", good), (1, "check", "nowhere.dts"), (1, "check", "files"), (2,), (2, "chek", good),
                           (2, "check"), (2, "check", good, "--memory", "lots"), (2, "check", good, "--harts", "0"),
                           (2, "bundle", good), (2, "explain", "SYS-999"), (0, "explain", "sys-001"), (0, "show", good)):
        equal((words, tool(*words).returncode), (words, status))


def test_memory_is_read_as_qemu_does(tool, directory):
    source = write(directory, "size.dts", guest("web", memory=128))
    for status, size in ((1, "140M"), (0, "150M"), (0, "150"), (0, "1G"), (1, "100000k"), (0, "1GiB")):
        equal((size, tool("check", source, "--memory", size).returncode), (size, status))


def test_shadow_tables_count_as_memory(tool, directory):
    """4 MiB for each CPU: where shadow mode is asked for, and where the harts leave nothing else."""
    sources = {mode: write(directory, f"{mode}.dts", guest("web", f'cpus = <8>; mode = "{mode}";', memory=128))
               for mode in ("auto", "shadow", "hardware")}
    for status, mode, *words in ((0, "auto"), (0, "auto", "--h", "on"), (1, "auto", "--h", "off"), (1, "shadow"),
                                 (1, "shadow", "--h", "on"), (0, "hardware", "--h", "on")):
        result = tool("check", sources[mode], "--memory", "170M", *words)
        equal((mode, words, result.returncode, result.stderr.count("[SYS-023]")), (mode, words, status, status))


def test_show_fills_in_the_defaults(tool, directory):
    source = write(directory, "show.dts", guest("web"))
    shown = json.loads(tool("show", source, "--json").stdout)
    size = len(fixtures.FILES["image"])
    equal(shown, {
        "description": "show.dts", "unsafe-dma": False, "auditor": None, "share": None, "networks": [], "guests": [{
        "name": "web", "memory-mib": 16, "memory-base": 0x80000000, "cpus": 1, "mode": "auto", "priority": 2,
        "autostart": 1, "entropy": False, "virtio-console": False, "balloon": False,
        "disks": [], "nets": [], "restart": "never", "budget-us": 0, "period-us": 0, "bootargs": "", "initrd": None,
        "map": None,
        "kernel": {"path": "files/image", "bytes": size, "kind": "image"}}], "rooms": []})
    text = tool("show", source).stdout
    assert f"    kernel         files/image (image, {size} bytes)\n" in text, text
    assert "    memory-base    0x80000000\n" in text, text


def test_guest_from_an_included_file(tool, directory):
    """Paths count from the file they are written in, and so do places."""
    os.makedirs(f"{directory}/sub", exist_ok=True)
    with open(f"{directory}/sub/more.dtsi", "w", encoding="utf-8") as stream:
        stream.write('/ { guests { db { memory-mib = <16>; kernel = "../files/image";\n   cpus = <9>; }; }; };\n')
    with open(f"{directory}/include.dts", "w", encoding="utf-8") as stream:
        stream.write(f'/dts-v1/;\n/ {{ compatible = "{limits.COMPATIBLE}"; }};\n/include/ "sub/more.dtsi"\n'
                     '/ { guests { db { initrd = "files/initrd.cpio"; }; }; };\n')
    said = tool("check", "include.dts").stderr.splitlines()
    equal(said[0], "sub/more.dtsi:2.4: error[SYS-052]: 'cpus' of guest 'db' is 9")
    equal(len(said), 3)


def test_notation_that_dtc_allows(tool, directory):
    """Labels, sums, comments, a later override, a brace on its own line, several guests in one line."""
    with open(f"{directory}/notation.dts", "w", encoding="utf-8") as stream:
        stream.write(f'''/dts-v1/;
/ {{ compatible = "{limits.COMPATIBLE}"; guests {{
  one: web /* the first */
  {{ size: memory-mib = <cell: (8 * 4)>; kernel = path: "files/image"; }}; db {{ memory-mib = <0x10>; kernel = "files/image"; }};
}}; }};
&one {{ cpus = <2>; bootargs = "a \\x41 \\"; */ }} {{"; /* ; */ }};
/ {{ guests {{ db {{ /delete-property/ memory-mib; memory-mib = <20>; }}; }}; }};
''')
    shown = json.loads(tool("show", "notation.dts", "--json").stdout)["guests"]
    equal([(g["name"], g["memory-mib"], g["cpus"], g["bootargs"]) for g in shown],
          [("web", 32, 2, 'a A "; */ } {'), ("db", 20, 1, "")])


def test_plugins_have_no_place(tool, directory):
    """dtc makes nodes of its own for an overlay: the messages name the file."""
    with open(f"{directory}/plugin.dts", "w", encoding="utf-8") as stream:
        stream.write("/dts-v1/;\n/plugin/;\n&web { cpus = <2>; };\n")
    result = tool("check", "plugin.dts")
    equal((result.returncode, result.stderr.splitlines()[0]), (1, "plugin.dts: error[SYS-004]: 'compatible' is missing"))


def test_no_permission(_tool, directory):
    """As somebody who may not read the kernel, also when the tests run as root."""
    with tempfile.TemporaryDirectory() as home:
        subprocess.run(["cp", "-r", f"{TOP}/src/tools", f"{directory}/files", home], check=True)
        source = write(home, "secret.dts", guest("web"))
        os.chmod(f"{home}/files/image", 0)
        subprocess.run(["chmod", "-R", "a+rX", home], check=True)
        os.chmod(f"{home}/files/image", 0)
        other = {"user": 65534} if os.geteuid() == 0 else {}
        run = subprocess.run(["/usr/bin/python3", "tools/septum-config", "check", source], cwd=home, text=True,
                             capture_output=True, check=False, **other)
    said = run.stderr.splitlines()
    equal((run.returncode, said[0]), (1, "secret.dts:3.26: error[SYS-032]: kernel 'files/image' of guest 'web' cannot be "
                                      "read: Permission denied"))
    equal(len(said), 3)


def test_file_names_of_any_bytes(tool, directory):
    for name, stored in (("k\u00e4rn \u6838", "k_rn__"), ("latin\udce4", "latin_"), ("quo\"t'e", "quo\"t_e")):
        with open(f"{directory}/files/{name}", "wb") as stream:
            stream.write(fixtures.image())
        text = guest("web", kernel="files/" + name.replace('"', '\\"'))
        source = write(directory, "names.dts", "")
        with open(f"{directory}/{source}", "r+", encoding="utf-8", errors="surrogateescape") as stream:
            changed = stream.read().replace("guests {", "guests {" + text)
            stream.seek(0)
            stream.write(changed)
        bundle(tool, source, "names.bundle", "--depfile", "names.d")
        assert any(line.startswith(f"file {stored} ") for line in c_output(directory, "names.bundle")), stored
        equal(json.loads(tool("show", source, "--json").stdout)["guests"][0]["kernel"]["path"], f"files/{name}")


def test_missing_compiler(tool, directory):
    source = write(directory, "nodtc.dts", guest("web"))
    result = tool("check", source, env={"PATH": directory})
    equal((result.returncode, result.stderr),
          (1, "septum-config: dtc is not installed (Debian: apt install device-tree-compiler)\n"))


def test_explain(tool, _directory):
    listed = tool("explain").stdout.splitlines()
    equal([line.split()[0] for line in listed], list(RULES))
    for number, rule in RULES.items():
        said = tool("explain", number).stdout
        for part in (number, rule.title, rule.why, rule.fix):
            assert part in said, (number, part)


def test_every_rule_has_an_example(_tool, _directory):
    examples = {os.path.basename(name)[:7] for name in glob.glob(f"{HERE}/bad/SYS-*.dts")}
    equal(sorted(examples), sorted(RULES))
    equal([], [name for name in glob.glob(f"{HERE}/bad/*.expected") if not os.path.exists(name[:-9] + ".dts")])


def test_every_rule_is_raised(_tool, _directory):
    code = ""
    for path in glob.glob(f"{TOP}/src/tools/septum_config/*.py"):
        with open(path, encoding="utf-8") as stream:
            code += "" if path.endswith("rules.py") else stream.read()
    equal(set(RULES), set(re.findall(r'"(SYS-\d{3})"', code)))


def test_manual_is_made_from_the_rules(tool, _directory):
    with open(f"{TOP}/docs/system-description.md", encoding="utf-8") as stream:
        manual = stream.read().split("<!-- septum-config explain --markdown -->\n\n")[1]
    equal(manual, tool("explain", "--markdown").stdout)


def test_platform_descriptions(tool, _directory):
    found = sorted(glob.glob(f"{TOP}/platform/qemu/*.dts"))
    assert found, "there are descriptions for QEMU"
    for path in found:
        result = tool("check", path, "--no-files", "--memory", "1G")
        equal((os.path.basename(path), result.returncode, result.stderr), (os.path.basename(path), 0, ""))


def test_no_name_of_ours_is_reserved(tool, _directory):
    """A new server takes its name away from guests: a test's guest of that name boots no more, and says so an hour later."""
    found = []
    for path in sorted(set(glob.glob(f"{TOP}/tests/*/**/*.dts", recursive=True)) - set(glob.glob(f"{HERE}/**/*.dts", recursive=True))):
        with open(path, encoding="utf-8") as stream:
            found += [path] if limits.COMPATIBLE in stream.read() else []
    assert found, "there are descriptions for tests"
    for path in found:
        said = tool("check", path, "--no-files", "--memory", "4G").stderr
        equal((path, [line for line in said.splitlines() if "SYS-013" in line]), (path, []))


def test_damaged_descriptions_do_not_break_the_tool(_tool, directory):
    """Pieces of a description lost, doubled or exchanged: a tree or a message with a place, never an exception."""
    dice = random.Random(2)
    with open(f"{TOP}/platform/qemu/default.dts", encoding="utf-8") as stream:
        words = re.split(r"(\s+|[;{}<>\"=])", stream.read())
    outcomes = {True: 0, False: 0}
    for _ in range(150):
        changed = list(words)
        at, to = dice.randrange(len(changed)), dice.randrange(len(changed))
        changed[at] = dice.choice(("", changed[at] * 2, changed[to], "\\", "/*", "&x", "é"))
        path = os.path.join(directory, "damaged.dts")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write("".join(changed))
        report = Report()
        tree = read_tree(path, report)
        outcomes[tree is None] += 1
        assert (tree is None) == report.failed, f"{''.join(changed)}\n{report}"
        if tree:
            config.check(tree, path, report, config.Machine(1 << 30, 2, read_files=False))
        assert all(message.place.file for message in report.messages), f"{report}"
    assert min(outcomes.values()) > 10, outcomes
