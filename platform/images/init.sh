#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# First program of the guest: makes the machine usable, then hands over to busybox's init.
/bin/busybox mkdir -p /proc /sys /dev /tmp /root /bin /sbin /run
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs devtmpfs /dev 2>/dev/null
/bin/busybox --install -s /bin

name=guest
read -r words </proc/cmdline
for word in $words; do
    case $word in
    septum.name=*) name=${word#septum.name=} ;;
    esac
done
hostname "$name"

# The modules' numbers are their order. Of the addresses the first is eth0's.
for module in /lib/modules/*.ko; do
    [ ! -f "$module" ] || insmod "$module"
done
number=0
for word in $words; do
    case $word in
    septum.ip=*)
        ip link set "eth$number" up && ip addr add "${word#septum.ip=}" dev "eth$number"
        number=$((number + 1)) ;;
    esac
done

cpus=$(grep -c '^processor' /proc/cpuinfo)
memory=$(($(sed -n 's/^MemTotal: *\([0-9]*\).*/\1/p' /proc/meminfo) / 1024))
echo
echo "$name: Linux $(uname -r) on $cpus CPU(s), $memory MiB, up $(cut -d ' ' -f 1 /proc/uptime) s"
exec /bin/init
