# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""assumptions.md and sbom.spdx."""
import datetime
import hashlib
import os

# Package, what of it is meant, its relation to the image, licence as its package declares it.
PARTS = [
    ("device-tree-compiler", "libfdt, compiled into the loader and the monitors", "STATIC_LINK", "BSD-2-Clause"),
    ("picolibc-riscv64-unknown-elf", "the C library, linked into the loader and the servers", "STATIC_LINK", "BSD-3-Clause"),
    ("gcc-riscv64-unknown-elf", "compiles it", "BUILD_TOOL_OF", "NOASSERTION"),
    ("binutils-riscv64-unknown-elf", "links it", "BUILD_TOOL_OF", "NOASSERTION"),
    ("frama-c-base", "makes the goals", "TEST_TOOL_OF", "NOASSERTION"),
    ("why3", "hands the goals to the provers", "TEST_TOOL_OF", "NOASSERTION"),
    ("z3", "proves goals", "TEST_TOOL_OF", "NOASSERTION"),
    ("cvc4", "proves goals", "TEST_TOOL_OF", "NOASSERTION"),
    ("opensbi", "the firmware under it on QEMU; not in the image", "RUNTIME_DEPENDENCY_OF", "NOASSERTION"),
    ("linux-image-riscv64", "the guests' kernel in the default bundle; not in the image", "OTHER", "NOASSERTION"),
    ("busybox-static", "the guests' programs in the default bundle; not in the image", "OTHER", "NOASSERTION"),
]
VERSIONS = "build/setup/versions.txt"


def assumptions(data):
    lines = ["# What the verdict rests on", "", f"{data['verdict']['sentence']}", "",
             "Made by `make audit` from `spec/assumptions.md`; the numbers of functions and theorems come from the call graph.", ""]
    for row in data["assumptions"]:
        lines += [f"## {row['id']}: {row['title']}", "", f"- kind: {row['kind']}", f"- tested: {row['tested'] or 'by nothing'}",
                  f"- theorems that rest on it: {', '.join(row['theorems']) or 'none'}"]
        if row["covers"]:
            lines += [f"- covers: {', '.join(row['covers'])}",
                      f"- called by: {', '.join(row['callers']) or 'assembly'} ({row['functions']} proved functions rest on it, through calls)"]
        lines += ["", row["text"], ""] if row["text"] else [""]
    return "\n".join(lines)


def versions(config):
    """What setup noted: {package: version}; of a package of which only the source is used, the source's."""
    found = {}
    try:
        with open(config.path(VERSIONS), encoding="utf-8") as handle:
            rows = [line.split() for line in handle if line.strip() and not line.startswith("#")]
    except OSError:
        rows = []
    for row in sorted(rows, key=lambda r: r[3] == "source"):
        found[row[1]] = f"{row[2]} ({row[0]}{', source' if row[3] == 'source' else ''})"
    return found


def entry(identifier, name, version, comment, licence="NOASSERTION", checksum=None):
    lines = [f"PackageName: {name}", f"SPDXID: SPDXRef-{identifier}", f"PackageVersion: {version or 'NOASSERTION'}",
             "PackageDownloadLocation: NOASSERTION", "FilesAnalyzed: false", f"PackageLicenseConcluded: {licence}",
             f"PackageLicenseDeclared: {licence}", "PackageCopyrightText: NOASSERTION", f"PackageComment: <text>{comment}</text>"]
    return lines[:5] + ([f"PackageChecksum: SHA256: {checksum}"] if checksum else []) + lines[5:] + [""]


def sbom(config, data):
    """SPDX 2.3, tag and value: the image, what is linked into it, and what made it."""
    image = data["receipt"]["image"]
    seed = hashlib.sha256("".join(sorted(filter(None, image.values()))).encode()).hexdigest()
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    when = datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc) if epoch else datetime.datetime.now(datetime.timezone.utc)
    lines = ["SPDXVersion: SPDX-2.3", "DataLicense: CC0-1.0", "SPDXID: SPDXRef-DOCUMENT", "DocumentName: septum",
             f"DocumentNamespace: urn:septum:sbom:{seed[:32]}", "Creator: Tool: septum-audit", f"Created: {when:%Y-%m-%dT%H:%M:%SZ}", ""]
    relations = []
    for index, (path, checksum) in enumerate(sorted(image.items())):
        lines += entry(f"image-{index}", os.path.basename(path), data["receipt"]["of_present_text"][:16], data["verdict"]["sentence"], "BSD-2-Clause", checksum)
        relations.append(f"Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-image-{index}")
    known = versions(config)
    for name, comment, relation, licence in PARTS:
        lines += entry(name, name, known.get(name), comment, licence)
        other = f"SPDXRef-image-{len(image) - 1}" if image else "SPDXRef-DOCUMENT"  # the last is the one that holds the loader
        pair = (other, f"SPDXRef-{name}") if relation == "STATIC_LINK" else (f"SPDXRef-{name}", other)
        relations.append(f"Relationship: {pair[0]} {relation} {pair[1]}")
    return "\n".join(lines + relations) + "\n"
