#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: BSD-2-Clause
# Copyright (c) 2026 The Septum authors
# First program of the guest: makes the machine usable, with its name and addresses, then hands over to busybox's init;
# or, where the command line names a root, to the first program of the system on that disk.
/bin/busybox mkdir -p /proc /sys /dev /tmp /root /bin /sbin /run /disk
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs devtmpfs /dev 2>/dev/null
/bin/busybox --install -s /bin

name=guest root='' first=/sbin/init rights=ro
read -r words </proc/cmdline
for word in $words; do
    case $word in
    septum.name=*) name=${word#septum.name=} ;;
    root=*) root=${word#root=} ;;
    init=*) first=${word#init=} ;;
    rw) rights=rw ;;
    esac
done
hostname "$name"

# The modules' numbers are their order. Of the addresses the first is eth0's.
for module in /lib/modules/*.ko; do
    [ ! -f "$module" ] || insmod "$module"
done
ip link set lo up
number=0
for word in $words; do
    case $word in
    septum.ip=*)
        ip link set "eth$number" up && ip addr add "${word#septum.ip=}" dev "eth$number"
        number=$((number + 1)) ;;
    esac
done

if [ -n "$root" ]; then
    # A disk has no size while its server is being started.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        mount -t ext4 -o "$rights" "$root" /disk 2>/dev/null && break
        sleep 2
    done
    if [ -x /disk/bin/sh ]; then
        for folder in proc sys dev; do
            mount --move "/$folder" "/disk/$folder"
        done
        exec switch_root /disk "$first"
    fi
    echo "$name: no ext4 file system on $root: here is a shell"
fi
cpus=$(grep -c '^processor' /proc/cpuinfo)
memory=$(($(sed -n 's/^MemTotal: *\([0-9]*\).*/\1/p' /proc/meminfo) / 1024))
echo
echo "$name: Linux $(uname -r) on $cpus CPU(s), $memory MiB, up $(cut -d ' ' -f 1 /proc/uptime) s"
exec /bin/init
