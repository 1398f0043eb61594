#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""What the variables of `make qemu` and `make run-log` may say. `variables.py NAME=VALUE…`: all that is wrong, at once."""

import os
import re
import sys

USAGE = 2
SECONDS_MOST = 86400
SWITCH = ("a switch has two positions", "write {name}=on or {name}=off")


def is_switch(text):
    return text in ("on", "off")


def is_harts(text):
    return re.fullmatch(r"[1-8]", text)


def is_memory(text):
    return re.fullmatch(r"[1-9][0-9]*[MG]", text)


def is_seconds(text):
    return re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) and 0 < float(text) <= SECONDS_MOST


def is_path(text):
    return text and not re.search(r"\s", text)


def is_share(text):
    return not text or (os.path.isdir(text) and is_path(text))


def is_disk(text):
    return not text or (os.path.exists(text) and not os.path.isdir(text) and is_path(text))


def is_netdev(text):
    return re.fullmatch(r"[a-z][\w-]*(,[\w-]+=\S*)?", text)


def is_cpu(text):
    return not text or all(re.fullmatch(r"[\w.-]+=[\w.-]+", item) for item in text.split(","))


# name: test, what a bad value is not, why, fix
RULES = {
    "SYSTEM": (is_path, "path of a description", "make cannot handle blanks in a file's name", "give a path without blanks"),
    "HARTS": (is_harts, "number of harts", "Septum runs on 1 to 8 harts", "write HARTS=1 … HARTS=8"),
    "MEMORY": (is_memory, "size of memory", "it is a whole number of MiB or GiB", "write MEMORY=512M or MEMORY=2G"),
    "H": (is_switch, "switch", *SWITCH),
    "ICOUNT": (is_switch, "switch", *SWITCH),
    "GDB": (is_switch, "switch", *SWITCH),
    "IOMMU": (is_switch, "switch", *SWITCH),
    "CPU": (is_cpu, "list of properties", "QEMU wants each as name=value", "write CPU=sv48=off or CPU=svade=on,svadu=off"),
    "SHARE": (is_share, "directory", "the machine is given one directory of this host, with the disks' files",
              "name a directory that exists, without blanks in its path"),
    "DISK": (is_disk, "file for a disk", "guests' slices are sectors of that file, which is there before and after",
             "make one, as by truncate -s 1G build/disk.img, and write DISK=build/disk.img"),
    "UPLINK": (is_netdev, "network of QEMU", "it is what QEMU's -netdev takes, but for the id, without blanks",
               "write UPLINK=user or UPLINK=user,hostfwd=tcp::2222-10.0.2.15:22"),
    "SECONDS": (is_seconds, "number of seconds", f"a log takes more than 0 and at most {SECONDS_MOST} seconds",
                "write SECONDS=60"),
}


def fault(name, text):
    """The message about a value that cannot be, or None."""
    good, what, why, fix = RULES[name]
    if good(text):
        return None
    return f"make: error: {name}={text} is no {what}\n   why: {why}   fix: {fix.format(name=name)}"


def main():
    faults = [fault(*argument.split("=", 1)) for argument in sys.argv[1:]]
    for message in filter(None, faults):
        print(message, file=sys.stderr)
    return USAGE if any(faults) else 0


if __name__ == "__main__":
    sys.exit(main())
