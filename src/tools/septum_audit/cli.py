# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
"""septum-audit report | banner | version"""
import argparse
import json
import os
import re
import sys

import record
from config import Config

from . import data, page, papers, receipts, sarif
from .tree import Tree


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as handle:
        handle.write(text)


def report(config, images):
    tree = Tree(config.root)
    found = data.build(config, tree)
    found["receipt"] = receipts.build(config, found, images)
    folder = config.path("build/audit")
    os.makedirs(folder, exist_ok=True)
    write(folder, "audit.json", json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    write(folder, "audit.sarif", json.dumps(sarif.build(found), ensure_ascii=False, indent=1) + "\n")
    write(folder, "receipt.json", json.dumps(found["receipt"], ensure_ascii=False, indent=1) + "\n")
    write(folder, "assumptions.md", papers.assumptions(found))
    write(folder, "sbom.spdx", papers.sbom(config, found))
    write(folder, "index.html", page.build(found, tree))
    print(found["verdict"]["sentence"])
    print("build/audit/index.html: open it in a browser; audit.json, audit.sarif, assumptions.md, receipt.json, sbom.spdx beside it")
    return 0


PROVED_WITH = "gcc"  # ASM-2 trusts this compiler, and speaks of no other


def banner(config, image, output, compiler):
    """The loader's line on the kernel that it holds, as C; written only if it is another one, so that make rests."""
    said = record.sentence(config) if compiler == PROVED_WITH else f"NOT VERIFIED: {compiler} built it, which ASM-2 does not trust"
    words = re.sub(r"[^\w .,:;/()-]", "?", said)
    text = f"septum kernel {(receipts.digest_of(image) or 'none')[:16]}: {words}"
    code = f'const char loader_verdict[] = "{text}\\n";\n'
    try:
        with open(output, encoding="utf-8") as handle:
            same = handle.read() == code
    except OSError:
        same = False
    if not same:
        with open(output, "w", encoding="utf-8") as handle:
            handle.write(code)
    return 0


def version(banner_file, image):
    """What the image says of itself, and the image's own digest."""
    with open(banner_file, encoding="utf-8") as handle:
        print(handle.read().split('"')[1].removesuffix("\\n"))
    print(f"image {os.path.basename(image)} {receipts.digest_of(image)}")
    return 0


def arguments(given):
    parser = argparse.ArgumentParser(prog="septum-audit", description="the audit report")
    parser.add_argument("--root", default=".", help="top of the source tree")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("report", help="write build/audit/").add_argument("image", nargs="*", help="files whose digests the receipt holds")
    line = verbs.add_parser("banner", help="write the loader's line on its kernel, as C")
    line.add_argument("image")
    line.add_argument("output")
    line.add_argument("--compiler", default=PROVED_WITH, help="what compiled the kernel")
    said = verbs.add_parser("version", help="print that line, and the digest of the image that holds it")
    said.add_argument("banner")
    said.add_argument("image")
    return parser.parse_args(given)


def main(given):
    args = arguments(given)
    if args.verb == "banner":
        return banner(Config(args.root), args.image, args.output, args.compiler)
    if args.verb == "version":
        return version(args.banner, args.image)
    return report(Config(args.root), args.image)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
