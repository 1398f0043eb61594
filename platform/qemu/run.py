#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Runs a system on QEMU's virt machine: with the terminal (make qemu) or without one (make run-log)."""

import argparse
import contextlib
import ctypes
import os
import re
import select
import shlex
import signal
import subprocess
import sys
import termios
import time

import variables

QEMU = "qemu-system-riscv64"
QEMU_MIN = (9, 0)
QEMU_HUB = (10, 0)  # from here on a serial line can go to a terminal and a socket at once
QEMU_IOMMU = (10, 0)  # from here on the machine can have one
SOCKET_PATH_MOST = 100  # what the kernel takes is 108
FIRMWARE = [
    "/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin",
    "/usr/share/qemu/opensbi-riscv64-generic-fw_dynamic.bin",
]
EXIT_FAILED, EXIT_USAGE = 1, 2
PR_SET_PDEATHSIG = 1
TERMINAL_SECONDS = 0.2  # between two looks whether QEMU has ended


def fail(message, fix=None, code=EXIT_FAILED):
    print(f"run: error: {message}", file=sys.stderr)
    if fix:
        print(f"   fix: {fix}", file=sys.stderr)
    sys.exit(code)


def value_of(variable):
    """The type of an option that stands for a variable of make."""
    def take(text):
        if variables.fault(variable, text):
            raise argparse.ArgumentTypeError(f"'{text}' is no {variables.RULES[variable][1]}")
        return text == "on" if variable in ("H", "ICOUNT", "GDB", "IOMMU") else text

    return take


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernel", required=True, help="what QEMU loads at 0x80200000")
    parser.add_argument("--initrd", help="the boot bundle")
    parser.add_argument("--append", help="a command line for the kernel (a bare Linux wants one)")
    parser.add_argument("--harts", type=value_of("HARTS"), default="2", help="HARTS")
    parser.add_argument("--memory", type=value_of("MEMORY"), default="1G", help="MEMORY")
    parser.add_argument("--h", type=value_of("H"), default=True, help="H: harts have the H extension")
    parser.add_argument("--iommu", type=value_of("IOMMU"), default=True, help="IOMMU: the machine has one (QEMU 10)")
    parser.add_argument("--icount", type=value_of("ICOUNT"), default=False, help="ICOUNT: count instructions")
    parser.add_argument("--gdb", type=value_of("GDB"), default=False, help="GDB: wait for gdb on port 1234")
    parser.add_argument("--log", type=value_of("SECONDS"), metavar="SECONDS", help="no terminal; end after so long")
    parser.add_argument("--cpu", default="", help="more CPU properties, such as sstc=false")
    parser.add_argument("--share", type=value_of("SHARE"), default="", metavar="DIR", help="SHARE: the directory of the disks' files")
    parser.add_argument("--devices", default="", help="the machine's own: entropy, uplink, disk (septum-config devices)")
    parser.add_argument("--uplink", type=value_of("UPLINK"), default="user", help="UPLINK: where its network device leads")
    parser.add_argument("--disk", type=value_of("DISK"), default="", metavar="FILE", help="DISK: what its disk holds, for guests' slices")
    parser.add_argument("--extra", default="", help="more arguments for QEMU, as one string")
    parser.add_argument("--control", metavar="FOLDER", help="a socket on the serial line goes there, for `make ctl`")
    parser.add_argument("--name", default="machine", help="the socket's name begins with it")
    parser.add_argument("--print", action="store_true", help="print QEMU's command and do not run it")
    options = parser.parse_args()
    if options.icount and options.harts != "1":
        # They take turns, and a turn lasts 100 M instructions when nothing ends it: one hart that waits for another's
        # lock, or for its answer to a fence, uses up its own each time.
        fail("QEMU counts the instructions of one hart only: with more, ICOUNT=on makes no headway", "HARTS=1", EXIT_USAGE)
    if "disk" in options.devices.split() and not options.disk:
        fail("the description has slices of the machine's disk, and the machine has none",
             "DISK=FILE, with a file for its sectors; truncate -s 1G FILE makes one", EXIT_USAGE)
    return options


def check_qemu():
    try:
        text = subprocess.run([QEMU, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        fail(f"{QEMU} is not installed", "make setup")
    version = tuple(int(part) for part in re.search(r"version (\d+)\.(\d+)", text).groups())
    if version < QEMU_MIN:
        fail(f"{QEMU} is version {'.'.join(map(str, version))}: too old", "make setup")
    return version


def firmware():
    for path in FIRMWARE:
        if os.path.exists(path):
            return path
    return fail("OpenSBI is not installed", "make setup")


def control_socket(options, version):
    """Where it is to be, without its suffix; None where that cannot be."""
    path = os.path.join(options.control or "", f"{options.name}-{os.getpid()}")
    able = version >= QEMU_HUB and len(path + ".sock") <= SOCKET_PATH_MOST and (options.log or sys.stdin.isatty())
    return path if options.control and able else None


@contextlib.contextmanager
def share_shown(options, version):
    """Beside the socket, as long as the machine runs: a link to what it shares, where ctl.py puts guests' descriptions."""
    path = control_socket(options, version)
    if not path or not options.share:
        yield
        return
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path + ".share")  # of a process that had our number
    os.makedirs(options.control, exist_ok=True)
    os.symlink(os.path.realpath(options.share), path + ".share")
    try:
        yield
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path + ".share")


def serial_line(options, version):
    """
    The terminal, and beside it a socket for `make ctl` where that can be: QEMU takes a standard input at its end for a
    terminal that was closed, and is silent then.
    """
    # signal=off: Ctrl-C is a key like any other and goes to the guest that has the keyboard.
    terminal = "stdio,id={},signal=off"
    path = control_socket(options, version)
    if not path:
        return ["-chardev", terminal.format("line"), "-serial", "chardev:line"]
    os.makedirs(options.control, exist_ok=True)
    return ["-chardev", terminal.format("terminal"),
            "-chardev", f"socket,id=control,path={path.replace(',', ',,')}.sock,server=on,wait=off",
            "-chardev", "hub,id=line,chardevs.0=terminal,chardevs.1=control", "-serial", "chardev:line"]


def device(kind, iommu, properties=""):
    """A virtio device for one of the servers: behind the IOMMU, or on the virtio-mmio transport."""
    if iommu:
        return ["-device", f"virtio-{kind}-pci{properties},disable-legacy=on,iommu_platform=on"]
    return ["-global", "virtio-mmio.force-legacy=false", "-device", f"virtio-{kind}-device{properties}"]


def quoted(path):
    """QEMU wants commas doubled."""
    return path.replace(",", ",,")


def share_device(path, iommu):
    """A 9p device for the block server."""
    share = ["-fsdev", f"local,id=share,path={quoted(path)},security_model=none"]
    return share + device("9p", iommu, ",fsdev=share,mount_tag=septum")


def own_devices(options, iommu):
    wanted = options.devices.split()
    line = device("rng", iommu) if "entropy" in wanted else []
    if "uplink" in wanted:
        line += ["-netdev", f"{options.uplink},id=uplink"]
        line += device("net", iommu, ",netdev=uplink" + (",romfile=" if iommu else ""))
    if "disk" in wanted:
        line += ["-drive", f"if=none,id=disk,format=raw,discard=unmap,file={quoted(options.disk)}"]
        line += device("blk", iommu, ",drive=disk")
    return line


def command(options, version):
    for name in (options.kernel, options.initrd):
        if name and not os.path.exists(name):
            fail(f"'{name}' does not exist", "make")
    cpu = f"rv64,h={'true' if options.h else 'false'}" + (f",{options.cpu}" if options.cpu else "")
    iommu = options.iommu and version >= QEMU_IOMMU
    line = [QEMU, "-machine", "virt,iommu-sys=on" if iommu else "virt", "-cpu", cpu, "-smp", options.harts, "-m", options.memory]
    line += ["-display", "none", "-monitor", "none", "-nodefaults"]
    line += serial_line(options, version)
    line += ["-bios", firmware(), "-kernel", options.kernel]
    line += ["-initrd", options.initrd] if options.initrd else []
    line += ["-append", options.append] if options.append else []
    line += share_device(options.share, iommu) if options.share else []
    line += own_devices(options, iommu)
    line += ["-icount", "shift=0,sleep=off"] if options.icount else []
    line += ["-gdb", "tcp:127.0.0.1:1234", "-S"] if options.gdb else []
    line += ["-no-reboot"] if options.log else []
    return line + shlex.split(options.extra)


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def stop(child):
    child.terminate()
    try:
        child.wait(timeout=5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def copy_output(child, deadline):
    """Copies the serial line to standard output; True if QEMU ended before the deadline."""
    source, sink = child.stdout.fileno(), sys.stdout.buffer
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        if select.select([source], [], [], left)[0]:
            data = os.read(source, 65536)
            if not data:
                return True
            sink.write(data)
            sink.flush()


def run_log(line, limit):
    """Status 0: the machine turned itself off, or the time was up; 1: QEMU failed; 130: interrupted."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    start = time.monotonic()
    child = subprocess.Popen(
        line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=die_with_parent
    )
    try:
        ended = copy_output(child, start + limit)
        status = child.wait() if ended else 0
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    finally:
        if child.poll() is None:
            stop(child)
    spent = time.monotonic() - start
    if status != 0:
        fail(f"QEMU ended with status {status} after {spent:.1f} s; what it said stands above")
    reason = "the machine is off" if ended else "the time is up"
    print(f"\nrun-log: {reason} after {spent:.1f} s", file=sys.stderr)
    return 0


def wait_at_terminal(child, seconds):
    """Waits that long for QEMU; False when the terminal is gone (its line was cut, its window closed)."""
    watch = select.poll()
    if os.isatty(0):
        watch.register(0, 0)
    if any(event & (select.POLLHUP | select.POLLERR) for _, event in watch.poll(seconds * 1000)):
        return False
    child.poll()
    return True


def run_at_terminal(line):
    """
    Status: QEMU's own, or 128 and the signal that ended it. A terminal that goes away tells its session's leader only; if
    that is make (ssh -t host make qemu), make waits for QEMU, which does not look: so we do.
    """
    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, lambda caught, _: sys.exit(128 + caught))
    modes = termios.tcgetattr(0) if os.isatty(0) else None
    child = subprocess.Popen(line, preexec_fn=die_with_parent)
    try:
        while child.returncode is None:
            if not wait_at_terminal(child, TERMINAL_SECONDS):
                return 128 + signal.SIGHUP
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    finally:
        if child.poll() is None:
            stop(child)
        if modes:
            with contextlib.suppress(termios.error, OSError):
                termios.tcsetattr(0, termios.TCSANOW, modes)
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


def main():
    options = arguments()
    version = check_qemu()
    line = command(options, version)
    if options.print:
        print(shlex.join(line))
        return 0
    if options.gdb:
        print("run: waiting for gdb: gdb-multiarch build/kernel/kernel.elf -ex 'target remote :1234'", file=sys.stderr)
    with share_shown(options, version):
        return run_log(line, float(options.log)) if options.log else run_at_terminal(line)


if __name__ == "__main__":
    sys.exit(main())
