# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""QEMU's gdb stub, as far as a test needs it to act as somebody who has taken a server over (one hart only)."""

import re
import socket
import subprocess
import time

PC = 32
A0, A7 = 10, 17
REPLY_SECONDS = 30


class Program:
    """A server's ELF file: where its functions are, and what its code looks like."""

    def __init__(self, path, cross):
        self.name, self.symbol = path, {}
        listing = subprocess.run([f"{cross}nm", path], capture_output=True, text=True, check=True).stdout
        for address, _, name in re.findall(r"^([0-9a-f]+) (\w) (\S+)$", listing, re.M):
            self.symbol[name] = int(address, 16)
            self.symbol.setdefault(name.split(".")[0], int(address, 16))  # the compiler's variant of a function
        text = subprocess.run([f"{cross}objcopy", "-O", "binary", "-j", ".text", path, "/dev/stdout"],
                              capture_output=True, check=True).stdout
        self.base, self.text = self.symbol["_start"], text

    def code(self, address, count):
        return self.text[address - self.base:address - self.base + count]

    def ecall(self):
        """Where some call to the kernel stands."""
        at = next(at for at in range(0, len(self.text) - 4, 2) if self.text[at:at + 4] == b"\x73\0\0\0")
        return self.base + at


class Debugger:
    """While it is connected and between two calls of resume(), the machine stands still."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(REPLY_SECONDS)
        for _ in range(100):
            try:
                self.socket.connect(path)
                break
            except OSError:
                time.sleep(0.1)
        self.buffer = b""
        self.ask("?")

    def packet(self):
        while not (match := re.search(rb"\$([^#]*)#..", self.buffer, re.S)):
            data = self.socket.recv(65536)
            if not data:
                raise OSError("the machine has ended")
            self.buffer += data
        self.buffer = self.buffer[match.end():]
        self.socket.sendall(b"+")
        return match[1].decode()

    def send(self, text):
        self.socket.sendall(f"${text}#{sum(text.encode()) & 255:02x}".encode())

    def ask(self, text):
        self.send(text)
        try:
            return self.packet()
        except TimeoutError:
            raise TimeoutError(f"waited {REPLY_SECONDS} s for the debugger's answer to '{text}'") from None

    def registers(self):
        data = bytes.fromhex(self.ask("g"))
        return [int.from_bytes(data[i * 8:i * 8 + 8], "little") for i in range(PC + 1)]

    def set_register(self, number, value):
        self.ask(f"P{number:x}={(value & (1 << 64) - 1).to_bytes(8, 'little').hex()}")

    def run_to(self, program, address, seconds=60):
        """Goes on until that program, and no other at the same address, is there."""
        deadline = time.monotonic() + seconds
        self.ask(f"Z0,{address:x},4")
        while True:
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {seconds} s for {program.name} to come to {address:#x}")
            self.ask("c")
            code = self.ask(f"m{address:x},10")
            here = self.registers()[PC] == address and bytes.fromhex(code) == program.code(address, 16)
            self.ask(f"z0,{address:x},4")
            if here:
                return
            self.ask("s")
            self.ask(f"Z0,{address:x},4")

    def call(self, program, number, *arguments):
        """A call to the kernel in the name of the program that stands still; a0 … a5 of the answer."""
        before, ecall = self.registers(), program.ecall()
        for i, value in enumerate(arguments):
            self.set_register(A0 + i, value)
        self.set_register(A7, number)
        self.set_register(PC, ecall)
        self.run_to(program, ecall + 4)
        after = self.registers()
        for number, value in enumerate(before):
            if number and value != after[number]:
                self.set_register(number, value)
        return [after[A0] - (1 << 64) if after[A0] >> 63 else after[A0], *after[A0 + 1:A0 + 6]]

    def leave(self):
        """The machine goes on, by itself."""
        self.ask("D")
        self.socket.close()
