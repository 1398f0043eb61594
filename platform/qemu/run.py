#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""Runs a system on QEMU's virt machine: with the terminal (make qemu) or without one (make run-log)."""

import argparse
import ctypes
import os
import re
import select
import shlex
import signal
import subprocess
import sys
import time

QEMU = "qemu-system-riscv64"
QEMU_MIN = (9, 0)
FIRMWARE = [
    "/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin",
    "/usr/share/qemu/opensbi-riscv64-generic-fw_dynamic.bin",
]
EXIT_FAILED, EXIT_USAGE = 1, 2
PR_SET_PDEATHSIG = 1


def fail(message, fix=None, code=EXIT_FAILED):
    print(f"run: error: {message}", file=sys.stderr)
    if fix:
        print(f"   fix: {fix}", file=sys.stderr)
    sys.exit(code)


def switch(text):
    if text not in ("on", "off"):
        raise argparse.ArgumentTypeError(f"'{text}' is neither 'on' nor 'off'")
    return text == "on"


def harts(text):
    if not text.isdecimal() or not 1 <= int(text) <= 8:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of harts (1 to 8)")
    return int(text)


def memory(text):
    if not re.fullmatch(r"[1-9][0-9]*[MG]", text):
        raise argparse.ArgumentTypeError(f"'{text}' is no memory size such as 512M or 2G")
    return text


def seconds(text):
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value <= 86400:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of seconds above 0")
    return value


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernel", required=True, help="what QEMU loads at 0x80200000")
    parser.add_argument("--initrd", help="the boot bundle")
    parser.add_argument("--append", help="a command line for the kernel (a bare Linux wants one)")
    parser.add_argument("--harts", type=harts, default=2, help="HARTS")
    parser.add_argument("--memory", type=memory, default="1G", help="MEMORY")
    parser.add_argument("--h", type=switch, default=True, help="H: harts have the H extension")
    parser.add_argument("--icount", type=switch, default=False, help="ICOUNT: count instructions")
    parser.add_argument("--gdb", type=switch, default=False, help="GDB: wait for gdb on port 1234")
    parser.add_argument("--log", type=seconds, metavar="SECONDS", help="no terminal; end after so long")
    parser.add_argument("--cpu", default="", help="more CPU properties, such as sstc=false")
    parser.add_argument("--extra", default="", help="more arguments for QEMU, as one string")
    parser.add_argument("--print", action="store_true", help="print QEMU's command and do not run it")
    return parser.parse_args()


def check_qemu():
    try:
        text = subprocess.run([QEMU, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        fail(f"{QEMU} is not installed", "make setup")
    version = tuple(int(part) for part in re.search(r"version (\d+)\.(\d+)", text).groups())
    if version < QEMU_MIN:
        fail(f"{QEMU} is version {'.'.join(map(str, version))}: too old", "make setup")


def firmware():
    for path in FIRMWARE:
        if os.path.exists(path):
            return path
    return fail("OpenSBI is not installed", "make setup")


def command(options):
    for name in (options.kernel, options.initrd):
        if name and not os.path.exists(name):
            fail(f"'{name}' does not exist", "make")
    cpu = f"rv64,h={'true' if options.h else 'false'}" + (f",{options.cpu}" if options.cpu else "")
    line = [QEMU, "-machine", "virt", "-cpu", cpu, "-smp", str(options.harts), "-m", options.memory]
    line += ["-display", "none", "-monitor", "none", "-nodefaults"]
    # signal=off: Ctrl-C is a key like any other and goes to the guest that has the keyboard.
    line += ["-chardev", "stdio,id=line,signal=off", "-serial", "chardev:line"]
    line += ["-bios", firmware(), "-kernel", options.kernel]
    line += ["-initrd", options.initrd] if options.initrd else []
    line += ["-append", options.append] if options.append else []
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
        line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, preexec_fn=die_with_parent
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
    reason = "the machine is off" if ended else "the time is up"
    print(f"\nrun-log: {reason} after {spent:.1f} s", file=sys.stderr)
    if status != 0:
        fail(f"QEMU ended with status {status}")
    return 0


def main():
    options = arguments()
    check_qemu()
    line = command(options)
    if options.print:
        print(shlex.join(line))
        return 0
    if options.gdb:
        print("run: waiting for gdb: gdb-multiarch build/kernel/kernel.elf -ex 'target remote :1234'", file=sys.stderr)
    if options.log:
        return run_log(line, options.log)
    os.execvp(QEMU, line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
