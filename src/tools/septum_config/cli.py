# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""The commands. Exit status: 0 ok, 1 failed, 2 usage."""
import argparse
import json
import re
import sys
import textwrap

from . import bundle, config, limits, source
from .messages import Report
from .rooms import FLAGS, NUMBERS
from .rules import RULES

OK, FAILED, USAGE = 0, 1, 2
UNITS = {"": 20, "k": 10, "m": 20, "g": 30}


def memory_size(text):
    """As QEMU's -m: a number of MiB, or with a suffix."""
    match = re.fullmatch(r"(\d+)([kmg]?)(?:i?b)?", text.lower())
    if not match or not int(match.group(1)):
        raise argparse.ArgumentTypeError(f"'{text}' is no size of memory (write 512M or 2G)")
    return int(match.group(1)) << UNITS[match.group(2)]


def hart_count(text):
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"'{text}' is no number of harts")
    return int(text)


def parser():
    top = argparse.ArgumentParser(prog="septum-config", description="Check and compile a Septum system description.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    machine = argparse.ArgumentParser(add_help=False)
    machine.add_argument("file", metavar="FILE", help="the system description (.dts)")
    machine.add_argument("--memory", type=memory_size, default=0, metavar="SIZE", help="the machine's memory, as 1G")
    machine.add_argument("--harts", type=hart_count, default=0, metavar="N", help="the machine's harts")
    machine.add_argument("--h", choices=("on", "off"), help="whether the harts have the H extension")
    machine.add_argument("--share", metavar="DIR", help="the directory that the machine shares (where the disks' files are)")
    check = commands.add_parser("check", parents=[machine], help="say all that is wrong with a description")
    check.add_argument("--no-files", action="store_true", help="do not look at kernels and initrds")
    show = commands.add_parser("show", parents=[machine], help="print the configuration with every default filled in")
    show.add_argument("--json", action="store_true", help="as JSON")
    pack = commands.add_parser("bundle", parents=[machine], help="write the boot bundle, or a guest's")
    what = pack.add_mutually_exclusive_group(required=True)
    what.add_argument("--servers", metavar="DIR", help="where manager.elf, monitor.elf, console.elf are")
    what.add_argument("--guest", action="store_true", help="no boot bundle, but one guest for a room of a machine that runs")
    pack.add_argument("-o", "--output", required=True, metavar="OUT", help="the bundle to write")
    pack.add_argument("--depfile", metavar="FILE", help="also write a make rule with all files the bundle was made of")
    commands.add_parser("share", parents=[machine], help="print the directory that holds the disks' files, if there are any")
    commands.add_parser("devices", parents=[machine], help="print which devices of its own the machine needs: entropy, uplink, disk")
    explain = commands.add_parser("explain", help="explain a rule; without a number, list all")
    explain.add_argument("rule", nargs="?", metavar="SYS-nnn")
    explain.add_argument("--markdown", action="store_true", help="all rules as the manual's section")
    return top


def load(options, report, **machine):
    """The checked system, or None if there is no tree to check."""
    tree = source.read_tree(options.file, report)
    if tree is None:
        return None
    extension = None if options.h is None else options.h == "on"
    about = config.Machine(options.memory, options.harts, h=extension, share=options.share, **machine)
    return config.check(tree, options.file, report, about)


def plural(count, noun):
    return f"{count} {noun}{'' if count == 1 else 's'}"


def finish(options, report):
    """Prints the messages; True if the description stands."""
    if report.messages:
        print(report, file=sys.stderr)
    if report.failed:
        counts = [plural(report.count(kind), kind) for kind in ("error", "warning") if report.count(kind)]
        print(f"{options.file}: {', '.join(counts)}", file=sys.stderr)
    return not report.failed


def run_check(options):
    report = Report()
    system = load(options, report, read_files=not options.no_files)
    if not finish(options, report):
        return FAILED
    total = sum(guest.values["memory-mib"] for guest in system.guests)
    print(f"{options.file}: ok, {plural(len(system.guests), 'guest')}, {total} MiB of guest memory")
    return OK


def write_depfile(path, output, system, servers_directory):
    names = {guest.place.file for guest in system.guests} | {system.path}
    for guest in system.guests:
        names |= {file.path for file in (guest.kernel, guest.initrd, guest.map) if file}
        names |= {place.file for place in guest.places.values()}
    names |= {item.place.file for item in (*system.disks, *system.nets, *system.networks, *system.rooms)}
    names |= {f"{servers_directory}/{name}.elf" for name in bundle.servers_of(system) if servers_directory}
    quoted = [re.sub(r"([ #])", r"\\\1", name).replace("$", "$$") for name in sorted(names)]
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as stream:
        stream.write(f"{output}: {' '.join(quoted)}\n" + "".join(f"{name}:\n" for name in quoted))


def run_bundle(options):
    report = Report()
    system = load(options, report, alone=options.guest)
    servers = [] if options.guest else bundle.read_servers(options.servers, system, report)
    if options.guest and system and system.disks and not options.share:
        print("septum-config: a guest with disks for a machine that runs: say with --share what that shares", file=sys.stderr)
        return USAGE
    if not finish(options, report):
        return FAILED
    bundle.write(options.output, bundle.compose(system, servers))
    if options.depfile:
        write_depfile(options.depfile, options.output, system, options.servers)
    return OK


def run_share(options):
    report = Report()
    system = load(options, report, read_files=False)
    if not finish(options, report):
        return FAILED
    if system.share is not None:
        print(system.share)
    return OK


def run_devices(options):
    report = Report()
    system = load(options, report, read_files=False)
    if not finish(options, report):
        return FAILED
    print(" ".join(bundle.physical_devices(system)))
    return OK


def described_disk(disk):
    return {"name": disk.name, "file": disk.file, "overlay": disk.overlay, "read-only": disk.read_only,
            "slice": list(disk.slice) if disk.slice else None}


def described_net(net, system):
    return {"name": net.name, "network": system.networks[net.network].name, "mac": net.mac.hex(":"), "vlan": net.vlan}


def derived(guest, system):
    index = system.guests.index(guest)
    result = {"name": guest.name, **guest.values,
              "disks": [described_disk(disk) for disk in system.disks if disk.guest == index],
              "nets": [described_net(net, system) for net in system.nets if net.guest == index]}
    result["memory-base"] = limits.RAM_BASE
    for name in ("kernel", "initrd", "map"):
        file = getattr(guest, name)
        result[name] = {"path": file.path, "bytes": len(file.data), "kind": file.kind} if file else None
    return result


def described_room(room, system):
    values = {name: room.values[name] for name in (*NUMBERS, *FLAGS)}
    return {"name": room.name, **values, "folder": room.folder,
            "networks": [system.networks[network].name for network in room.networks]}


def shown(value):
    if isinstance(value, list):
        return "; ".join(", ".join(f"{name} {shown(one)}" for name, one in item.items()) if isinstance(item, dict)
                         else str(item) for item in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return f"{value['path']} ({value['kind']}, {value['bytes']} bytes)"
    return {None: "none", "": "(empty)"}.get(value, str(value))


def run_show(options):
    report = Report()
    system = load(options, report)
    if not finish(options, report):
        return FAILED
    guests = [derived(guest, system) for guest in system.guests]
    rooms = [described_room(room, system) for room in system.rooms]
    if options.json:
        print(json.dumps({"description": options.file, "unsafe-dma": system.unsafe_dma, "auditor": system.auditor, "share": system.share,
                          "networks": [{"name": network.name, "uplink": network.uplink} for network in system.networks],
                          "guests": guests, "rooms": rooms}, indent=2))
        return OK
    for guest in guests:
        print(guest.pop("name"))
        guest["memory-base"] = f"{guest['memory-base']:#x}"
        for name in sorted(guest):
            print(f"    {name:<14} {shown(guest[name])}")
    for room in rooms:
        print(f"room {room.pop('name')}")
        for name in sorted(room):
            print(f"    {name:<14} {shown(room[name])}")
    return OK


def markdown():
    for rule in RULES.values():
        note = " (warning)" if rule.severity == "warning" else ""
        yield f"### {rule.number}: {rule.title}{note}\n\n{rule.text}\n\n*Why:* {rule.why}. *Fix:* {rule.fix}.\n"


def run_explain(options):
    if options.markdown:
        print("\n".join(markdown()), end="")
        return OK
    if options.rule is None:
        for rule in RULES.values():
            print(f"{rule.number}  {rule.severity:<8} {rule.title}")
        return OK
    rule = RULES.get(options.rule.upper())
    if rule is None:
        print(f"septum-config: there is no rule {options.rule}; 'septum-config explain' lists all", file=sys.stderr)
        return USAGE
    print(f"{rule.number} ({rule.severity}): {rule.title}\n")
    print(textwrap.fill(rule.text, 96, initial_indent="  ", subsequent_indent="  "))
    print(f"\n  why: {rule.why}\n  fix: {rule.fix}\n  example: tests/system/bad/{rule.number}-*.dts")
    return OK


def main(arguments):
    sys.stdout.reconfigure(errors="surrogateescape")  # file names need not be UTF-8
    options = parser().parse_args(arguments)
    commands = {"check": run_check, "bundle": run_bundle, "show": run_show, "share": run_share, "devices": run_devices,
                "explain": run_explain}
    try:
        return commands[options.command](options)
    except source.NoCompiler:
        print("septum-config: dtc is not installed (Debian: apt install device-tree-compiler)", file=sys.stderr)
    except BrokenPipeError:
        sys.stderr.close()
    except OSError as error:
        print(f"septum-config: {error.filename}: {error.strerror}", file=sys.stderr)
    return FAILED
