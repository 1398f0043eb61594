#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# Installs what the build host lacks: Debian 12's tools, and QEMU and OpenSBI from bookworm-backports.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

# shellcheck source=/dev/null
. /etc/os-release
[ "${ID:-} ${VERSION_ID:-}" = "debian 12" ] ||
    die "this machine runs ${PRETTY_NAME:-an unknown system}, and setup installs Debian 12 packages" \
        "use the container: podman build -t septum -f platform/Containerfile ."

# install_with LOG APT-ARGUMENTS...
install_with() {
    local log=$1
    shift
    say "installing: $*"
    as_root apt-get "${APT_OPTIONS[@]}" -qq -y --no-install-recommends -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 \
        install "$@" </dev/null >"$log" 2>&1 || {
        tail -n 20 "$log" >&2
        die "apt-get could not install them; see $log"
    }
}

APT_OPTIONS=()
missing=$(missing_of host)
if [ -n "$missing" ]; then
    as_root apt-get -qq update || die "the machine's package lists cannot be read" "check the network, then run 'make setup' again"
    # shellcheck disable=SC2086 # names hold no blanks
    install_with "$SETUP/host.log" $missing
fi
key=$(dpkg-query -W -f '${Package} ${Version}\n' | stamp_key -)
if [ ! -f "$VERSIONS/1-host" ] || ! stamp_is_fresh host "$key"; then
    mapfile -t names < <(list_of host | cut -d ' ' -f 1)
    installed_record bookworm "${names[@]}" | record 1-host
fi

missing=$(missing_of backports)
if [ -n "$missing" ] || [ ! -f "$VERSIONS/2-backports" ]; then
    mirror=$(mirror_uri)
    private_root bookworm-backports "$(dpkg --print-architecture)" /var/lib/dpkg/status \
        "deb [signed-by=$KEYRING] $mirror bookworm main" \
        "deb [signed-by=$KEYRING] $mirror bookworm-updates main" \
        "deb [signed-by=$KEYRING] $mirror bookworm-backports main"
    # shellcheck disable=SC2086 # names hold no blanks
    [ -z "$missing" ] || install_with "$SETUP/backports.log" -t bookworm-backports $missing
    mapfile -t names < <(list_of backports | cut -d ' ' -f 1)
    installed_record bookworm-backports "${names[@]}" | record 2-backports
fi
stamp_set host "$(dpkg-query -W -f '${Package} ${Version}\n' | stamp_key -)"
