# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# Shared by the steps of `make setup`: messages, package lists, private apt roots. Sourced by bash.
# shellcheck shell=bash disable=SC2034

set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
PACKAGES=$TOP/platform/packages
SETUP=$TOP/${BUILD:-build}/setup
SOURCES=$TOP/${BUILD:-build}/src
DOWNLOADS=${SEPTUM_DOWNLOADS:-$SETUP/downloads}
VERSIONS=$SETUP/versions.d
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

say() { printf 'setup: %s\n' "$*"; }
die() { printf 'setup: error: %s\n' "$1" >&2; [ $# -lt 2 ] || printf '   fix: %s\n' "$2" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo --preserve-env=DEBIAN_FRONTEND,LC_ALL "$@"
    else die "installing Debian packages needs root, and there is no sudo" "run 'make setup' as root once"
    fi
}

# The lines of a package list without comments and blanks.
list_of() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$PACKAGES/$1.txt"; }

# The version of an installed package, or nothing.
installed_version() {
    { dpkg-query -W -f '${db:Status-Status} ${Version}\n' "$1" 2>/dev/null || true; } | sed -n 's/^installed //p' | head -n 1
}

# Names of a list's packages that are absent or older than the list asks, one a line.
missing_of() {
    local name least version
    while read -r name least; do
        version=$(installed_version "$name")
        if [ -z "$version" ] || { [ -n "$least" ] && dpkg --compare-versions "$version" lt "$least"; }; then
            echo "$name"
        fi
    done < <(list_of "$1")
}

# The machine's own mirror of Debian 12, whichever of apt's two notations its sources are in.
mirror_uri() {
    local uri
    # shellcheck disable=SC2016 # apt expands these names, not the shell
    uri=$(apt-get indextargets --no-release-info --format '$(RELEASE) $(REPO_URI)' |
        awk '$1 ~ /^(bookworm|oldstable|stable)$/ { print $2; exit }')
    [ -n "$uri" ] || die "the machine's apt sources name no Debian 12 (bookworm) archive" "add one below /etc/apt"
    echo "$uri"
}

# private_root NAME ARCH STATUS SOURCES-LINE...: an apt root of our own that uses the machine's way to its mirror
# (proxy, credentials, certificates) and none of its sources or lists. Sets APT_OPTIONS and reads the lists.
private_root() {
    local name=$1 arch=$2 status=$3 root=$SETUP/apt/$1
    shift 3
    mkdir -p "$root/lists/partial" "$root/cache/archives/partial"
    [ "$status" != none ] || { status=$root/status; : >"$status"; }
    printf '%s\n' "$@" >"$root/sources.list"
    APT_OPTIONS=(-o "Dir::State::Lists=$root/lists" -o "Dir::State::status=$status" -o "Dir::Cache=$root/cache"
        -o "Dir::Etc::sourcelist=$root/sources.list" -o Dir::Etc::sourceparts=/dev/null
        -o "APT::Architecture=$arch" -o "APT::Architectures=$arch" -o APT::Sandbox::User=root
        -o Acquire::Languages=none -o Acquire::Retries=3)
    say "reading the package lists of $name"
    apt-get "${APT_OPTIONS[@]}" -qq update || die "the package lists of $name cannot be read" "check the network, then run 'make setup' again"
}

# One line for each package of a step in the record of versions: release package version architecture digest
record() { mkdir -p "$VERSIONS"; cat >"$VERSIONS/$1"; }

# For an installed package the digest is that of the archive's file, which apt has verified.
installed_record() {
    local release=$1 name version arch digest
    shift
    for name in "$@"; do
        version=$(installed_version "$name")
        arch=$(dpkg-query -W -f '${Architecture}\n' "$name" | head -n 1)
        digest=$(apt-cache "${APT_OPTIONS[@]}" show "$name=$version" 2>/dev/null | sed -n 's/^SHA256: //p' | head -n 1)
        printf '%s %s %s %s %s\n' "$release" "$name" "$version" "$arch" "${digest:--}"
    done
}

# The record of all steps so far.
versions_write() {
    {
        printf '# release package version architecture sha256 (of the archive file; - if its list is not at hand)\n'
        cat "$VERSIONS"/*
    } >"$SETUP/versions.txt"
}

# What apt's simulated run would install, from its "Inst NAME (VERSION RELEASE... [ARCHITECTURE]) [...]", as a sorted list of
# NAME VERSION ARCHITECTURE.
resolved_list() {
    sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*\[\([a-z0-9]\+\)\]).*$/\1 \2 \3/p' | sort
}

# A step is done when its stamp holds the digest of what it was made from.
stamp_key() { cat "$@" | sha256sum | cut -d ' ' -f 1; }
stamp_is_fresh() { [ -f "$SETUP/$1.stamp" ] && [ "$(cat "$SETUP/$1.stamp")" = "$2" ]; }
stamp_set() { mkdir -p "$SETUP"; echo "$2" >"$SETUP/$1.stamp"; }
