#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# First program of the Debian guest, once, when its disk is made: dpkg installs the packages of /septum, over the same files
# merely unpacked, so that owners, maintainer scripts and dpkg's records are Debian's own. Its last word is the verdict.
set -e
export PATH=/usr/sbin:/usr/bin HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true

install_all() {
    # The build host unpacked as a user of its own.
    find / -xdev '(' ! -uid 0 -o ! -gid 0 ')' -exec chown -h 0:0 {} + &&
        dpkg --force-unsafe-io --force-depends --unpack /septum/*.deb &&
        dpkg --force-unsafe-io --configure -a &&
        rm -r /septum/*.deb
}

# What an installer would ask for. The name is the one that the initrd gave.
settle() {
    echo 'root:septum' | chpasswd &&
        printf '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n' >/etc/hosts &&
        printf '/dev/vda\t/\text4\terrors=remount-ro\t0\t1\n' >/etc/fstab &&
        sed -i -e '/:respawn:.*getty/d' /etc/inittab &&
        echo 'T0:2345:respawn:/sbin/getty -L 115200 ttyS0 vt100' >>/etc/inittab &&
        rm -f /etc/hostname /var/log/dpkg.log /var/log/alternatives.log
}

mount -t tmpfs tmpfs /run
echo "septum: begins at $(cut -d ' ' -f 1 /proc/uptime) s"
if install_all </dev/null && settle && rm -r /septum && fstrim /; then
    echo "septum: ends at $(cut -d ' ' -f 1 /proc/uptime) s"
    echo 'septum: the disk is made'
fi
sync
echo u >/proc/sysrq-trigger
echo o >/proc/sysrq-trigger
sleep 60
