/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
#include "error.h"
#include "say.h"

static const struct {
    const char *what; /* with the fault's numbers, see say() */
    const char *fix;
} text[LDR_ERRORS] = {
    [LDR_BAD_TREE] = {"the device tree given in a1 is damaged (libfdt error #)",
                      "the firmware must pass a flattened device tree; with QEMU, do not use -dtb"},
    [LDR_BIG_TREE] = {"the device tree has # bytes; at most # are taken",
                      "remove nodes from the machine's device tree"},
    [LDR_NO_MEMORY_NODE] = {"the device tree tells of no memory", "give the tree a node with device_type = \"memory\""},
    [LDR_MANY_RANGES] = {"memory is cut into too many pieces by reserved ranges",
                         "join neighbouring nodes under /reserved-memory"},
    [LDR_NO_CPU] = {"the device tree tells of no usable hart",
                    "give /cpus nodes with device_type = \"cpu\" and status \"okay\""},
    [LDR_BOOT_HART] = {"hart # boots, but is not among the usable harts of the device tree",
                       "start the machine on a hart below 64 whose node says status \"okay\""},
    [LDR_NO_TIMEBASE] = {"the device tree has no timebase-frequency in /cpus", "add it: Hz of the time counter"},
    [LDR_NO_MODE] = {"no way to run guests: hardware mode needs the H extension on every hart; shadow mode needs Sv48 on "
                     "every hart, since a guest has the whole Sv39 space and the kernel must live outside it",
                     "use a machine with H, or with mmu-type riscv,sv48 or more; with make qemu: H=on, or no sv48=off"},
    [LDR_NO_MMU] = {"hart # has no Sv39", "use a machine with an MMU (mmu-type riscv,sv39 or more)"},
    [LDR_NO_PLIC] = {"the device tree has no PLIC (sifive,plic-1.0.0 or riscv,plic0)",
                     "with QEMU: -machine virt without aia="},
    [LDR_PLIC_PLACE] =
        {"the PLIC's registers at @ are not placed as they must be: 2 MiB aligned, outside memory, ndev 1 to 1023",
         "correct the PLIC's reg and riscv,ndev in the device tree"},
    [LDR_PLIC_CONTEXT] = {"hart # has no S-mode context at the PLIC",
                          "correct the PLIC's interrupts-extended in the device tree"},
    [LDR_LITTLE_MEMORY] = {"too little memory: % MiB there, at least % MiB needed",
                           "give the machine more memory; with make qemu: MEMORY=1G"},
    [LDR_KERNEL_IMAGE] = {"the kernel in this image is damaged (check #)", "build again: make clean, then make"},
    [LDR_NO_BUNDLE] = {"no boot bundle: /chosen has no linux,initrd-start and linux,initrd-end",
                       "hand the bundle to the machine as its initrd; with QEMU: -initrd FILE"},
    [LDR_BUNDLE_PLACE] = {"the boot bundle at @ to @ does not lie in free memory",
                          "load it elsewhere, or give the machine more memory"},
    [LDR_BUNDLE_ALIGN] = {"the boot bundle at @ does not begin on a 4 KiB boundary",
                          "load the initrd at a multiple of 4096"},
    [LDR_BUNDLE_MAGIC] = {"the initrd is no Septum boot bundle",
                          "make one from the system description with septum-config, and pass that as the initrd"},
    [LDR_BUNDLE_VERSION] = {"the boot bundle has version #, this loader reads version #",
                            "make the bundle with the septum-config of this build"},
    [LDR_BUNDLE_CUT] = {"the boot bundle is cut short: # bytes there, it says #", "copy it again, or build it again"},
    [LDR_BUNDLE_CRC] = {"the boot bundle's header is damaged: CRC-32 @, it says @", "copy it again, or build it again"},
    [LDR_BUNDLE_COUNTS] = {"the boot bundle tells of # files and # guests: more than fit",
                           "build it again with septum-config"},
    [LDR_BUNDLE_FILE] = {"file # of the boot bundle lies outside it, or has no proper name",
                         "build it again with septum-config"},
    [LDR_NO_MANAGER] = {"the boot bundle has no server named manager", "build it again with septum-config"},
    [LDR_MANAGER_CRC] = {"the manager in the boot bundle is damaged: CRC-32 @, it should be @",
                         "copy it again, or build it again"},
    [LDR_ELF_HEADER] = {"the manager is no static RISC-V ELF64 program (check #)",
                        "build the servers with their own rules"},
    [LDR_ELF_SEGMENT] = {"program header # of the manager is refused (check #)",
                         "link it with src/servers/lib/server.ld: page-aligned, apart, never writable and executable"},
    [LDR_ELF_MANY_SEGMENTS] = {"the manager has no loadable segment, or more than #",
                               "link it with src/servers/lib/server.ld"},
    [LDR_ELF_ENTRY] = {"the manager's entry @ is not in executable code", "link it with src/servers/lib/server.ld"},
};

void fault_say(struct fault f)
{
    say("\nseptum loader: error[LDR-#]: ", (uint64_t)f.error, 0);
    say(text[f.error].what, f.a, f.b);
    say("\n   fix: ", 0, 0);
    say(text[f.error].fix, 0, 0);
    say("\n", 0, 0);
}
