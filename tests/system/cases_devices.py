# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Tests of disks, nets and networks: what of a description comes out in the bundle, and in what `show` and `share` say."""
import json
import os

from cases import SERVERS, bundle, c_output, equal, guest
from septum_config import limits


def write(directory, name, guests, networks="", root=""):
    """A description with networks."""
    text = f'/dts-v1/;\n/ {{ compatible = "{limits.COMPATIBLE}"; {root}\nnetworks {{ {networks} }};\nguests {{\n{guests}}}; }};\n'
    with open(os.path.join(directory, name), "w", encoding="utf-8") as stream:
        stream.write(text)
    return name


WEB = guest("web", '''entropy; virtio-console; balloon;
    disk0 { file = "files/disk2.img"; overlay; };
    disk1 { slice = <8 16>; read-only; };
    net { network = <&dmz>; mac = [06 00 00 00 00 ff]; vlan = <7>; };
    net-b { network = <&lan>; };''')
DB = guest("db", '''disk { file = "files/disk.img"; };
    disk-base { file = "files/disk2.img"; overlay = "files/sub/db.overlay"; };
    net { network = <&lan>; };''')
NETWORKS = "lan: lan { }; dmz: dmz { uplink; };"


def test_c_reads_the_devices(tool, directory):
    """Every property of a device, in the guests' order; paths count from the deepest directory that holds all."""
    bundle(tool, write(directory, "devices.dts", WEB + DB, NETWORKS, "unsafe-dma;"), "devices.bundle")
    lines = c_output(directory, "devices.bundle")
    equal([line.rsplit(" ", 1)[1] for line in lines if line.startswith("guest")], ["19", "0"])
    at = next(i for i, line in enumerate(lines) if line.startswith("devices "))
    equal(lines[at:at + 5], ["devices 1 4 3 2", "disk 0 2 0 0 [disk2.img] [disk2.img.web-disk0.overlay]",
                             "disk 0 5 8 16 [] []", "disk 1 0 0 0 [disk.img] []", "disk 1 2 0 0 [disk2.img] [sub/db.overlay]"])
    equal(lines[at + 5], "net 0 1 06:00:00:00:00:ff 7")
    equal(lines[-2:], ["network lan 0", "network dmz 1"])
    macs = [line.split()[3] for line in lines[at + 6:at + 8]]
    assert all(mac.startswith("02:") for mac in macs) and macs[0] != macs[1], macs
    equal([line.split()[1:3] for line in lines[at + 6:at + 8]], [["0", "0"], ["1", "0"]])


def test_servers_that_are_needed(tool, directory):
    """The bundle carries a device server if some guest has such a device, and says which is missing."""
    cases = {"": [], 'disk { slice = <0 8>; };': ["pci", "disk"], 'disk { file = "files/disk.img"; };': ["pci", "block"], "net { network = <&lan>; };": ["net"],
             "entropy;": ["pci", "entropy"], "net { network = <&dmz>; };": ["pci", "net", "uplink"], "virtio-console;": []}
    for text, servers in cases.items():
        bundle(tool, write(directory, "need.dts", guest("web", text), NETWORKS), "need.bundle", "--depfile", "need.d")
        files = [line.split() for line in c_output(directory, "need.bundle") if line.startswith("file")]
        equal((text, [file[1] for file in files if file[4] == "1"]), (text, ["manager", "monitor", "console", *servers]))
        with open(f"{directory}/need.d", encoding="utf-8") as stream:
            made_of = stream.read()
        names = ("pci", "block", "net", "entropy", "uplink", "disk")
        equal([f"{name}.elf" in made_of for name in names], [name in servers for name in names])
    source = write(directory, "lack.dts", guest("web", "entropy;"))
    result = tool("bundle", source, "--servers", "files/some", "-o", "lack.bundle")
    assert "files/some/entropy.elf: error[SYS-070]: server 'entropy' cannot be read" in result.stderr, result.stderr
    assert "block" not in result.stderr.splitlines()[0], result.stderr


def test_share(tool, directory):
    """What the machine is to share: the deepest directory of all files, also of those that are not there yet."""
    place = os.path.realpath(directory)
    for text, wanted in (('', ""), ('disk { slice = <0 8>; };', ""), ('disk { file = "files/disk.img"; };', f"{place}/files\n"),
                         ('disk { file = "files/disk.img"; overlay = "over/web"; };', f"{place}\n"),
                         ('disk { file = "to/come/a.img"; }; disk1 { file = "to/b.img"; };', f"{place}/to\n")):
        result = tool("share", write(directory, "share.dts", guest("web", text)))
        equal((text, result.returncode, result.stdout), (text, 0, wanted))
    given = tool("share", write(directory, "share.dts", guest("web", 'disk { file = "files/disk.img"; };')), "--share", ".")
    equal(given.stdout, f"{place}\n")
    bundle(tool, "share.dts", "share.bundle", "--share", ".")
    assert "disk 0 0 0 0 [files/disk.img] []" in c_output(directory, "share.bundle")


def test_devices(tool, directory):
    """What the machine is to be given beside a directory: by what guests have, not by what networks there are."""
    for text, wanted in (("", ""), ("net { network = <&lan>; };", ""), ("entropy;", "entropy"),
                         ("entropy; net { network = <&dmz>; };", "entropy uplink"), ("disk { slice = <0 8>; };", "disk"),
                         ("entropy; disk { slice = <0 8>; };", "entropy disk")):
        result = tool("devices", write(directory, "own.dts", guest("web", text), NETWORKS))
        equal((text, result.returncode, result.stdout), (text, 0, f"{wanted}\n"))


def test_files_are_those_behind_links(tool, directory):
    """A link does not hide that two guests write one file, nor where the file is."""
    if not os.path.islink(f"{directory}/link.img"):
        os.symlink("files/disk.img", f"{directory}/link.img")
    result = tool("check", write(directory, "link.dts", guest("a", 'disk { file = "link.img"; };')
                                 + guest("b", 'disk { file = "files/disk.img"; };')))
    assert "error[SYS-084]: 'disk' of guest 'a' and 'disk' of guest 'b' both use" in result.stderr, result.stderr
    equal(tool("share", write(directory, "link.dts", guest("a", 'disk { file = "link.img"; };'))).stdout,
          os.path.realpath(f"{directory}/files") + "\n")


def test_a_disk_that_make_makes(tool, directory):
    """Of the Debian guest's disk the message says how to get it; of another by the same name it does not."""
    for file, fix in (("build/setup/debian-disk/root.img", "fix: make setup-debian\n"), ("root.img", "fix: correct the path")):
        result = tool("check", write(directory, "made.dts", guest("a", f'disk {{ file = "{file}"; overlay; }};')))
        assert f"error[SYS-081]: file '{file}' of 'disk' of guest 'a' does not exist" in result.stderr, result.stderr
        assert fix in result.stderr, result.stderr


def test_readers_share_a_file(tool, directory):
    """Read-only, or below overlays, one file serves many; two slices that are only read may overlap."""
    text = "".join(guest(f"g{i}", f'disk {{ file = "files/disk.img"; {how} }};')
                   for i, how in enumerate(("read-only;", "overlay;", "overlay;", "read-only;")))
    text += guest("s", "disk0 { slice = <0 8>; read-only; }; disk1 { slice = <4 8>; read-only; };")
    result = tool("check", write(directory, "readers.dts", text))
    equal((result.returncode, result.stderr), (0, ""))


def test_slices_that_are_not_neighbours(tool, directory):
    """One that is written meets a long one, although a short one that is only read stands between the two."""
    text = guest("s", "disk0 { slice = <0 100>; read-only; }; disk1 { slice = <1 5>; read-only; }; disk2 { slice = <50 10>; };")
    result = tool("check", write(directory, "apart.dts", text))
    equal(result.stderr.count("error[SYS-087]"), 1)
    assert "the slices of 'disk0' of guest 's' and 'disk2' of guest 's' overlap" in result.stderr, result.stderr


def test_show_says_the_devices(tool, directory):
    source = write(directory, "tell.dts", WEB + DB, NETWORKS)
    shown = json.loads(tool("show", source, "--json").stdout)
    place = os.path.realpath(directory)
    equal((shown["share"], shown["networks"]),
          (f"{place}/files", [{"name": "lan", "uplink": False}, {"name": "dmz", "uplink": True}]))
    web = shown["guests"][0]
    equal((web["entropy"], web["virtio-console"], web["balloon"]), (True, True, True))
    equal(web["disks"][1], {"name": "disk1", "file": None, "overlay": None, "read-only": True, "slice": [8, 16]})
    equal(web["nets"][0], {"name": "net", "network": "dmz", "mac": "06:00:00:00:00:ff", "vlan": 7})
    text = tool("show", source).stdout
    assert "name net, network dmz, mac 06:00:00:00:00:ff, vlan 7; name net-b, network lan" in text, text


def test_devices_count_as_memory(tool, directory):
    """Half a MiB each, and what the block server shares with its device, where some disk is a file."""
    source = write(directory, "room.dts", guest("web", "".join(f"disk{i} {{ slice = <{i * 8} 8>; }};" for i in range(8))))
    plain = write(directory, "plain.dts", guest("web"))
    file = write(directory, "file.dts", guest("web", 'disk { file = "files/disk.img"; };'))
    for status, name, memory in ((0, plain, "36M"), (1, source, "36M"), (0, source, "40M"), (1, file, "36M"), (0, file, "38M")):
        equal((name, memory, tool("check", name, "--memory", memory).returncode), (name, memory, status))


def test_most_devices_fit(tool, directory):
    """32 disks and 32 nets on 8 networks, the longest path, 8 devices a guest."""
    long = "x" * (limits.PATH_BYTES - 1)
    with open(f"{directory}/files/{long}", "wb") as stream:
        stream.write(bytes(512))
    text = "".join(guest(f"g{g}", "".join(f"disk{i} {{ slice = <{g * 64 + i * 8} 8>; }};" for i in range(4 - (g == 7)))
                         + (f'disk3 {{ file = "files/{long}"; }};' if g == 7 else "")
                         + "".join(f"net{i} {{ network = <&n{g}>; }};" for i in range(4))) for g in range(8))
    networks = "".join(f"n{i}: n{i} {{ }};" for i in range(8))
    result = tool("bundle", write(directory, "brim.dts", text, networks), *SERVERS, "-o", "brim.bundle")
    equal((result.returncode, result.stderr), (0, ""))
    lines = c_output(directory, "brim.bundle")
    assert "devices 0 32 32 8" in lines and f"disk 7 0 0 0 [{long}] []" in lines, lines
