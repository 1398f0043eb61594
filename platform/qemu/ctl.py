#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""
Commands a machine that runs here, by the socket on its serial line: one command, or a prompt without one.
  ctl.py --sockets FOLDER [--machine NAME] [--json] [COMMAND …]
`create FILE.dts` compiles the description into the directory that the machine shares, and has it created from there.
Exit status: 0 done, 1 failed or no answer, 2 no such command or no such machine.

The socket carries what the keyboard sends and what the terminal shows. A command goes there in bytes that UTF-8 has
not (src/servers/console/ask.h), its answer comes as JSON in an operating system command (reply.h).
"""

import contextlib
import glob
import itertools
import json
import os
import re
import select
import socket
import subprocess
import sys
import time

try:
    import readline
except ImportError:
    readline = None

BEGIN, END, DIGIT = 0xF5, 0xF6, 0xF8
LINE_MOST = 66  # as at the console's prompt
ANSWER = re.compile(rb"\x1b\]5380;([^\x07]*)\x07")
HELLO_SECONDS, ANSWER_SECONDS, STATE_SECONDS = 15, 30, 120
FILE_SECONDS = 180  # until a file was read and checked
CONFIG_TOOL = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../src/tools/septum-config")
FOLDER = ".septum"  # of the shared directory: what was compiled is there until it was read
LONG_SECONDS = {"audit": 600}  # commands that take more than ANSWER_SECONDS
DONE, FAILED, USAGE = 0, 1, 2
# What a guest is to become by the command; until then it may be what stands behind.
BECOMES = {"start": "running", "create": "running", "reset": "running", "stop": "off", "destroy": "off"}
ON_THE_WAY = ("loading", "ending")


class Trouble(Exception):
    def __init__(self, message, fix, status=FAILED):
        super().__init__(message)
        self.fix, self.status = fix, status


def frame(text):
    digits = [DIGIT + (byte >> shift & 7) for byte in text.encode("ascii") for shift in (6, 3, 0)]
    return bytes([BEGIN, *digits, END])


class Machine:
    """The line to one machine. It is held while it is open: QEMU serves one program at a time."""

    def __init__(self, path):
        self.share = share_beside(path)
        self.line = socket.socket(socket.AF_UNIX)
        self.line.connect(path)
        self.raw = b""
        self.numbers = itertools.count(int(time.time() * 10) % 10_000_000 * 10 + 1)

    def close(self):
        self.line.close()

    def take(self, number, seconds):
        """The answer of that number; None if none came."""
        deadline = time.monotonic() + seconds
        while True:
            for match in ANSWER.finditer(self.raw):
                answer = json.loads(match[1])
                if answer.pop("number") == number:
                    self.raw = self.raw[match.end():]
                    return answer
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.line], [], [], left)[0]:
                return None
            data = self.line.recv(65536)
            if not data:
                raise Trouble("the machine went off", "start it again: make qemu")
            self.raw += data

    def hello(self):
        """The list of guests, asked for until it comes: what is sent before the console runs is lost."""
        deadline = time.monotonic() + HELLO_SECONDS
        while time.monotonic() < deadline:
            number = next(self.numbers)
            self.line.sendall(frame(f"{number} list"))
            answer = self.take(number, 2)
            if answer:
                return answer
        raise Trouble("the machine does not answer", "wait until it has booted, or end the ctl that holds its line")

    def ask(self, text, seconds=ANSWER_SECONDS):
        if len(text) > LINE_MOST or not re.fullmatch(r"[ -~]+", text):
            raise Trouble(f"a command is 1 to {LINE_MOST} printable ASCII characters", "see help", USAGE)
        number = next(self.numbers)
        self.line.sendall(frame(f"{number} {text}"))
        answer = self.take(number, LONG_SECONDS.get(text.split()[0], seconds))
        if answer is None:
            raise Trouble(f"'{text}' got no answer", "look at the machine's terminal; 'list' says what became of it")
        return answer

    def settle(self, name, wanted):
        """Waits until the guest is what the command makes of it; a line that says what it is instead, else None."""
        deadline = time.monotonic() + STATE_SECONDS
        while time.monotonic() < deadline:
            states = {key: guest["state"] for guest in self.ask("list")["guests"]
                      for key in (guest["name"], str(guest["number"]))}
            state = states.get(name, "gone")
            if state not in ON_THE_WAY:
                good = state == wanted or (wanted == "off" and state in ("crashed", "gone"))
                return None if good else f"guest '{name}' is {state}; 'log {name}' or the machine's terminal may say why"
            time.sleep(0.1)
        return f"guest '{name}' is not {wanted} after {STATE_SECONDS} s"

    def command(self, words):
        """Does one command to its end."""
        of_file = words[0] == "create" and len(words) > 1 and re.search(r"[./]", words[1])
        answer = self.ask(" ".join(words), FILE_SECONDS if of_file else ANSWER_SECONDS)
        if answer["status"] == DONE and words[0] in BECOMES:
            created = re.search(r"guest '([^']+)' is created", "\n".join(answer["said"]))
            why = self.settle(created[1] if of_file and created else words[1], BECOMES[words[0]])
            if why:
                answer["status"] = FAILED
                answer["said"].append(why)
        if answer["status"] == DONE and words[0] == "kill":
            self.hello()  # it may have been the console
        return answer


def show(answer, as_json):
    if as_json:
        print(json.dumps({"ok": answer["status"] == DONE} | answer), flush=True)
        return
    lines = [text.encode("latin-1").decode("utf-8", "replace") for text in answer.get("log", answer.get("said", []))]
    print("\n".join(lines), file=sys.stdout if answer["status"] == DONE else sys.stderr, flush=True)


def watch(machine, as_json):
    """Until Ctrl-C; in place on a terminal."""
    try:
        while True:
            answer = machine.ask("stats")
            if not as_json and sys.stdout.isatty():
                print("\x1b[H\x1b[J", end="")
            show(answer, as_json)
            time.sleep(1)
    except KeyboardInterrupt:
        print()
    return DONE


def create(machine, words, as_json):
    """What is wrong with the description the tool says."""
    if machine.share is None:
        raise Trouble("the machine shares no directory", "describe rooms for guests at run time, and boot that")
    stem = re.sub(r"[^A-Za-z0-9_-]", "_", os.path.basename(words[1])[:-4])[:24]
    name = f"{FOLDER}/{stem}-{os.getpid()}.guest"
    path = os.path.join(machine.share, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    done = subprocess.run([CONFIG_TOOL, "bundle", words[1], "--guest", "--share", machine.share, "-o", path],
                          stderr=subprocess.PIPE, check=False)
    answer = {"status": FAILED, "said": done.stderr.decode("latin-1").splitlines()}
    try:
        if done.returncode == 0:
            answer = machine.command([words[0], name, *words[2:]])
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
    show(answer, as_json)
    return answer["status"]


def run(machine, words, as_json):
    if words[:2] == ["stats", "--watch"]:
        return watch(machine, as_json)
    if words[0] == "create" and len(words) > 1 and words[1].endswith(".dts"):
        return create(machine, words, as_json)
    answer = machine.command(words)
    show(answer, as_json)
    return answer["status"]


def complete_with(machine):
    """Tab: commands first, then guests, servers and the sizes of `create`."""
    listed = machine.hello()
    guests = [guest["name"] for guest in listed["guests"]]
    commands = [line.split()[0] for line in machine.ask("help")["said"]]

    def candidates(before):
        if not before:
            return commands
        if before[0] in ("help", "kill", "stats"):
            return {"help": commands, "kill": listed["servers"], "stats": ["--watch"]}[before[0]]
        return guests if len(before) == 1 else ["memory-mib=", "cpus="] if before[0] == "create" else []

    def complete(text, state):
        before = readline.get_line_buffer()[: readline.get_begidx()].split()
        fitting = [word for word in candidates(before) if word.startswith(text)]
        return fitting[state] if state < len(fitting) else None

    readline.set_completer(complete)
    readline.set_completer_delims(" ")
    readline.parse_and_bind("tab: complete")


def interact(path, as_json):
    """A prompt; the line is held for a command only, so that others can have it meanwhile."""
    machine = Machine(path)
    try:
        if readline and sys.stdin.isatty():
            complete_with(machine)
    finally:
        machine.close()
    status = DONE
    while True:
        try:
            words = input("septum> " if sys.stdin.isatty() else "").split()
        except (EOFError, KeyboardInterrupt):
            print(end="\n" if sys.stdin.isatty() else "")
            return status
        if words == ["exit"]:
            return status
        if words:
            status = one(path, words, as_json)


def one(path, words, as_json):
    try:
        machine = Machine(path)
        try:
            machine.hello()
            return run(machine, words, as_json)
        finally:
            machine.close()
    except (Trouble, OSError) as trouble:
        return tell(trouble)


def tell(trouble):
    print(f"ctl: error: {trouble}", file=sys.stderr)
    if isinstance(trouble, Trouble):
        print(f"   fix: {trouble.fix}", file=sys.stderr)
    return getattr(trouble, "status", FAILED)


def share_beside(path):
    """The directory that the machine shares: run.py leaves a link to it beside the socket."""
    link = path.removesuffix(".sock") + ".share"
    return os.path.realpath(link) if os.path.islink(link) else None


def is_live(path):
    """Does a machine listen there? One that was killed leaves its socket behind: it is removed."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path.removesuffix(".sock") + ".share")
            return False
        except OSError:
            return False
    return True


def find(folder, wanted):
    live = {os.path.basename(path)[:-5]: path for path in sorted(glob.glob(f"{glob.escape(folder)}/*.sock")) if is_live(path)}
    if not live:
        raise Trouble("no machine runs here", "start one in another terminal: make qemu")
    names = ", ".join(live)
    if wanted:
        if wanted not in live:
            raise Trouble(f"there is no machine '{wanted}'; there is {names}", "MACHINE= one of these", USAGE)
        return live[wanted]
    if len(live) > 1:
        raise Trouble(f"several machines run here: {names}", "say which: MACHINE=", USAGE)
    return next(iter(live.values()))


def main(words):
    options = {"--sockets": "build/ctl", "--machine": None}
    as_json = "--json" in words
    words = [word for word in words if word != "--json"]
    while words and words[0] in options:
        if len(words) == 1:
            return tell(Trouble(f"{words[0]} wants a value", "see the head of ctl.py", USAGE))
        options[words[0]] = words[1]
        words = words[2:]
    try:
        path = find(options["--sockets"], options["--machine"])
    except Trouble as trouble:
        return tell(trouble)
    return one(path, words, as_json) if words else interact(path, as_json)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
