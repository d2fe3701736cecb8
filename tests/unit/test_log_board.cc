// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "input/log_board.h"
#include "refusal.h"
#include "report/board_writer.h"

using namespace zonecalc;

namespace {

std::string imported(const std::string& log, const KernelConfig* config = nullptr) {
    const LogBoard made = board_from_log({"boot.log", log}, config);
    BoardComments c;
    c.origin = "boot.log";
    c.lines = made.lines;
    c.assumed = made.assumed;
    return board_toml(made.board, c);
}

std::string refused(const std::string& log) {
    return refusal_in_words([&] { board_from_log({"boot.log", log}); }, "accepted");
}

}  // namespace

TEST_CASE("a PC with two nodes: firmware's map, SRAT, mirror marks, CPUs, reservations") {
    // shaped after a boot of Debian 6.1.0-56-amd64, two-node PC
    CHECK(
        imported(
            R"log([    0.000000] Linux version 6.1.0-56-amd64 (a@b) (gcc-12 (Debian 12.2.0-14) 12.2.0) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)
[    0.000000] Command line: console=ttyS0 memblock=debug kernelcore=mirror
[    0.000000] BIOS-provided physical RAM map:
[    0.000000] BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable
[    0.000000] BIOS-e820: [mem 0x000000000009fc00-0x000000000009ffff] reserved
[    0.000000] BIOS-e820: [mem 0x0000000000100000-0x00000000bffdffff] usable
[    0.000000] BIOS-e820: [mem 0x0000000100000000-0x00000001bfffffff] usable
[    0.000000] DMI: QEMU Standard PC (i440FX + PIIX, 1996), BIOS 1.16.2 04/01/2014
[    0.000000] last_pfn = 0x1c0000 max_arch_pfn = 0x400000000
[    0.000000] memblock_reserve: [0x00000000000f5ba0-0x00000000000f5baf] smp_scan_config+0xa7/0xff
[    0.000000] memblock_add: [0x0000000000001000-0x000000000009fbff] e820__memblock_setup+0x65/0x7d
[    0.000000] MEMBLOCK configuration:
[    0.000000]  memory size = 0x000000017ff7ec00 reserved size = 0x000000000357e000
[    0.000000]  memory.cnt  = 0x1
[    0.000000]  memory[0x0]	[0x0000000000001000-0x000000000009efff], 0x000000000009e000 bytes flags: 0x0
[    0.000000]  reserved.cnt  = 0x2
[    0.000000]  reserved[0x0]	[0x0000000000000000-0x000000000000ffff], 0x0000000000010000 bytes flags: 0x0
[    0.000000]  reserved[0x1]	[0x000000000009f000-0x00000000000fffff], 0x0000000000061000 bytes flags: 0x0
[    0.000000] memblock_phys_alloc_range: 2097152 bytes align=0x200000 from=0x0000000000100000 max_addr=0x00000001c0000000 init_mem_mapping+0x1ee/0x31f
[    0.000000] memblock_reserve: [0x00000000bfc00000-0x00000000bfdfffff] memblock_alloc_range_nid+0xb0/0x13d
[    0.000000] memblock_phys_free: [0x00000000bfc00000-0x00000000bfcfffff] init_mem_mapping+0x22e/0x31f
[    0.000000] SRAT: PXM 0 -> APIC 0x00 -> Node 0
[    0.000000] SRAT: PXM 1 -> APIC 0x01 -> Node 1
[    0.000000] ACPI: SRAT: Node 0 PXM 0 [mem 0x00000000-0xbfffffff]
[    0.000000] ACPI: SRAT: Node 1 PXM 1 [mem 0x100000000-0x1bfffffff] hotplug
[    0.000000] memblock_reserve: [0x00000000bfeb9000-0x00000000bfee3fff] memblock_alloc_range_nid+0xb0/0x13d
[    0.000000] NODE_DATA(0) allocated [mem 0xbfeb9000-0xbfee3fff]
[    0.000000] MEMBLOCK configuration:
[    0.000000]  memory[0x0]	[0x0000000000001000-0x000000000009efff], 0x000000000009e000 bytes on node 0 flags: 0x2
[    0.000000]  memory[0x1]	[0x000000000009f000-0x000000000009ffff], 0x0000000000001000 bytes on node 1 flags: 0x2
[    0.000000]  memory[0x2]	[0x0000000100000000-0x00000001bfffffff], 0x00000000c0000000 bytes on node 1 flags: 0x0
[    0.000000] smpboot: Allowing 2 CPUs, 0 hotplug CPUs
[    0.000000] Memory: 207548K/1048056K available (14343K kernel code, 91796K reserved)
[    0.000000] memblock_phys_free: [0x0000000000000000-0x00000000000fffff] late+0x1/0x2
)log") == R"toml(# Made from boot.log; "line N" is the line there that says so.
schema = 1

[board]
name = "QEMU Standard PC (i440FX + PIIX, 1996)"  # line 8
arch = "x86_64"
cpus = 2  # line 32
cmdline = "console=ttyS0 memblock=debug kernelcore=mirror"  # line 2

[[e820]]  # line 4
base = 0x0
end = 0x9fbff
type = "usable"

[[e820]]  # line 5
base = 0x9fc00
end = 0x9ffff
type = "reserved"

[[e820]]  # line 6
base = 0x100000
end = 0xbffdffff
type = "usable"

[[e820]]  # line 7
base = 0x100000000
end = 0x1bfffffff
type = "usable"

[[srat]]  # line 24
base = 0x0
end = 0xbfffffff
node = 0

[[srat]]  # line 25
base = 0x100000000
end = 0x1bfffffff
node = 1
flags = ["hotplug"]

[[mirror]]  # line 29
base = 0x1000
end = 0x9ffff

[[node]]
id = 0
cpus = [0]

[[node]]
id = 1
cpus = [1]

[[reserved]]  # line 17
name = "reserved early"
base = 0x0
end = 0xffff
flags = ["early"]

[[reserved]]  # line 18
name = "reserved early"
base = 0x9f000
end = 0xf5b9f
flags = ["early"]

[[reserved]]  # line 10
name = "smp_scan_config"
base = 0xf5ba0
end = 0xf5baf
flags = ["early"]

[[reserved]]  # line 18
name = "reserved early"
base = 0xf5bb0
end = 0xfffff
flags = ["early"]

[[reserved]]  # line 20
name = "init_mem_mapping"
base = 0xbfd00000
end = 0xbfdfffff
flags = ["early", "allocated"]

[[reserved]]  # line 26
name = "NODE_DATA(0)"
base = 0xbfeb9000
end = 0xbfee3fff
)toml");
}

TEST_CASE("the source's version is told from the distribution's release") {
    const auto version = [](const std::string& banner) {
        return board_from_log({"boot.log", "Linux version " + banner + "\nBIOS-e820: [mem 0x0-0xfffffff] usable\n"}).version;
    };
    CHECK(version("6.1.0-56-amd64 (a@b) (gcc) #1 SMP Debian 6.1.192-2 (2026-11-16)") == Version{6, 1, 192});
    CHECK(version("6.12.117+deb12-amd64 (a@b) (gcc (Debian 12.2.0)) #1 SMP Debian 6.12.117-1~deb12u1 (2026)") ==
          Version{6, 12, 117});
    CHECK(
        version(
            "5.15.0-91-generic (a@b) (gcc) #101-Ubuntu SMP Tue Nov 14 13:30:08 UTC 2023 (Ubuntu 5.15.0-91.101-generic 5.15.131)") ==
        Version{5, 15, 131});
    CHECK(version("7.1.5 (a@b) (gcc) #1 SMP PREEMPT") == Version{7, 1, 5});
}

TEST_CASE("CPUs that may be plugged in later are not present, and unusual cache lines are kept") {
    const auto board = [](std::string_view lines) {
        return board_from_log({"boot.log",
                               "Linux version 6.1.0-50-686 (a@b) (gcc) #1 SMP Debian 6.1.187-1\n"
                               "BIOS-provided physical RAM map:\n"
                               "BIOS-e820: [mem 0x0000000000100000-0x00000000bffdffff] usable\n" +
                                   std::string(lines)})
            .board;
    };
    // shaped after boots of Debian 6.1.0-56-amd64 with possible_cpus=16 and of 6.1.0-50-686
    const Board some = board("smpboot: Allowing 16 CPUs, 14 hotplug CPUs\nPCI: pci_cache_line_size set to 32 bytes\n");
    CHECK(some.cpus == 16u);
    CHECK(some.present_cpus == 2u);
    CHECK(some.cache_line_size == u64{32});
    const Board usual = board("CPU topo: Allowing 4 present CPUs plus 0 hotplug CPUs\nPCI: pci_cache_line_size set to 64 bytes\n");
    CHECK(usual.cpus == 4u);
    CHECK(!usual.present_cpus);
    CHECK(!usual.cache_line_size);
    CHECK(board("CPU topo: Allowing 3 present CPUs plus 5 hotplug CPUs\n").present_cpus == 3u);
    CHECK(board("smpboot: CPU0: Intel(R) Xeon(TM) CPU 2.80GHz (family: 0xf, model: 0x2, stepping: 0x7)\n"
                "PCI: pci_cache_line_size set to 64 bytes\n")
              .cache_line_size == u64{128});
}

TEST_CASE("i386 is told from x86_64") {
    const auto arch = [](const std::string& log) {
        return board_from_log({"boot.log", log + "\nBIOS-e820: [mem 0x0-0xfffffff] usable\n"}).board.arch;
    };
    CHECK(arch("Linux version 6.1.0-50-686-pae (a@b) (gcc) #1 SMP") == Arch::i386);
    CHECK(arch("Linux version 4.4.0 (a@b) (gcc) #1\nlast_pfn = 0x3ffe0 max_arch_pfn = 0x1000000") == Arch::i386);
    CHECK(arch("Linux version 4.4.0 (a@b) (gcc) #1\n143MB HIGHMEM available.\n879MB LOWMEM available.") == Arch::i386);
    CHECK(arch("Linux version 4.4.0 (a@b) (gcc) #1\nlast_pfn = 0x3ffe0 max_arch_pfn = 0x400000000") == Arch::x86_64);
    CHECK(arch("Linux version 4.4.0 (a@b) (gcc) #1") == Arch::x86_64);
}

TEST_CASE("firmware's map in the wording of any release") {
    const auto map = [](const std::string& lines) {
        std::string out;
        for (const E820Entry& e : board_from_log({"boot.log", "Linux version 3.0.0 (a@b)\n" + lines}).board.e820)
            out += std::to_string(e.base) + "+" + std::to_string(e.size) + ":" + std::to_string(static_cast<u32>(e.type)) + " ";
        return out;
    };
    CHECK(map(" BIOS-e820: 0000000000000000 - 000000000009f400 (usable)\n BIOS-e820: 000000000009f400 - 00000000000a0000 "
              "(reserved)\n") == "0+652288:1 652288+3072:2 ");
    CHECK(map("BIOS-e820: [mem 0x0000000000000000-0x000000000000ffff]  System RAM\nBIOS-e820: [gap "
              "0x0000000000010000-0x000000000001ffff]\n"
              "BIOS-e820: [mem 0x0000000000020000-0x0000000000020fff]  device reserved\n") == "0+65536:1 131072+4096:2 ");
    CHECK(
        map("BIOS-e820: [mem 0x0-0xfff] usable\nBIOS-e820: [mem 0x1000-0x1fff] ACPI data\nBIOS-e820: [mem 0x2000-0x2fff] ACPI NVS\n"
            "BIOS-e820: [mem 0x3000-0x3fff] unusable\nBIOS-e820: [mem 0x4000-0x4fff] persistent (type 12)\nBIOS-e820: [mem "
            "0x5000-0x5fff] persistent (type 7)\n"
            "BIOS-e820: [mem 0x6000-0x6fff] soft reserved\nBIOS-e820: [mem 0x7000-0x7fff] type 20\nmodified: [mem 0x0-0xffffff] "
            "usable\nuser: [mem 0x0-0xffffff] usable\n") ==
        "0+4096:1 4096+4096:3 8192+4096:4 12288+4096:5 16384+4096:12 20480+4096:7 24576+4096:4026531839 28672+4096:20 ");
}

TEST_CASE("arm64 with a device tree: banks, nodes and marks from the dump, a node without memory") {
    CHECK(imported(R"log([    0.000000] Booting Linux on physical CPU 0x0000000000 [0x411fd070]
[    0.000000] Linux version 6.1.0-50-arm64 (a@b) (gcc-12) #1 SMP Debian 6.1.176-1 (2026-07-02)
[    0.000000] Machine model: linux,dummy-virt
[    0.000000] memblock_remove: [0x0001000000000000-0x0000fffffffffffe] arm64_memblock_init+0x68/0x268
[    0.000000] NUMA: NODE_DATA [mem 0x7fffd380-0x7fffffff]
[    0.000000] NUMA: Initmem setup node 1 [<memory-less node>]
[    0.000000] NUMA: NODE_DATA [mem 0x13ffe2380-0x13ffe4fff]
[    0.000000] NUMA: NODE_DATA(1) on node 2
[    0.000000] NUMA: NODE_DATA [mem 0xbfffd380-0xbfffffff]
[    0.000000] MEMBLOCK configuration:
[    0.000000]  memory size = 0x0000000090000000 reserved size = 0x0000000003809255
[    0.000000]  memory.cnt  = 0x3
[    0.000000]  memory[0x0]	[0x0000000040000000-0x000000007fffffff], 0x0000000040000000 bytes on node 0 flags: 0x0
[    0.000000]  memory[0x1]	[0x0000000080000000-0x0000000080000fff], 0x0000000000001000 bytes on node 2 flags: 0x4
[    0.000000]  memory[0x2]	[0x0000000080001000-0x00000000bfffffff], 0x000000003ffff000 bytes on node 2 flags: 0x1
[    0.000000]  reserved.cnt  = 0x1
[    0.000000]  reserved[0x0]	[0x0000000040210000-0x000000004220afff], 0x0000000001ffb000 bytes flags: 0x0
[    0.000000] pcpu-alloc: s87208 r8192 d31576 u126976 alloc=31*4096
[    0.000000] pcpu-alloc: [0] 0 [1] 1 [2] 2 3
[    0.000000] Kernel command line: movable_node mem=4G
)log") == R"toml(# Made from boot.log; "line N" is the line there that says so.
# Assumed, because the log does not say it:
# - mem= is on the command line: memory that it cut off is not in the log
# - which CPU belongs to which node is not in the log: the groups of the percpu allocator are taken for the
#   nodes, in their order
schema = 1

[board]
name = "linux,dummy-virt"  # line 3
arch = "arm64"
cpus = 4
cmdline = "movable_node mem=4G"  # line 20
possible_nodes = [1]  # line 9

[[memory]]  # line 13
base = 0x40000000
size = "1GiB"
node = 0

[[memory]]  # line 14
base = 0x80000000
size = "4KiB"
node = 2
flags = ["nomap"]

[[memory]]  # line 15
base = 0x80001000
size = 0x3ffff000
node = 2
flags = ["hotplug"]

[[node]]
id = 0
cpus = [0]

[[node]]
id = 1
cpus = [1]

[[node]]
id = 2
cpus = [2, 3]

[[reserved]]  # line 17
name = "reserved early"
base = 0x40210000
end = 0x4220afff
)toml");
}

TEST_CASE("arm64 with EFI and no dump: cached memory counts, what must not be mapped is marked") {
    const Board b = board_from_log({"boot.log", R"(Booting Linux on physical CPU 0x0000000000 [0x411fd070]
Linux version 6.1.0 (a@b) (gcc) #1 SMP
efi:   0x000004000000-0x000007ffffff [MMIO        |RUN|  |  |  |  |  |  |  |  |  |   |  |  |  |UC]
efi:   0x000040000000-0x000043ffffff [Conventional|   |  |MR|  |  |  |  |  |  |  |   |WB|  |  |  ]
efi:   0x000044000000-0x00004401ffff [Boot Data   |   |  |MR|  |  |  |  |  |  |  |   |WB|  |  |  ]
efi:   0x000044020000-0x00004402ffff [Runtime Data|RUN|  |  |  |  |  |  |  |  |  |   |WB|  |  |  ]
)"})
                        .board;
    REQUIRE(b.memory.size() == 2);
    CHECK(b.memory[0].base == 0x40000000);
    CHECK(b.memory[0].size == 0x4020000);
    CHECK(b.memory[0].mirror);
    CHECK(!b.memory[0].nomap);
    CHECK(b.memory[1].base == 0x44020000);
    CHECK(b.memory[1].nomap);
}

TEST_CASE("a plain log has only the kernel's own ranges, which is said") {
    CHECK(imported(R"log([    0.000000] Linux version 6.12.0 (a@b) (riscv64-linux-gnu-gcc) #2
[    0.000000] Machine model: riscv-virtio,qemu
[    0.000000] SBI specification v1.0 detected
[    0.000000] Zone ranges:
[    0.000000]   DMA32    [mem 0x0000000080000000-0x00000000bfffffff]
[    0.000000] Movable zone start for each node
[    0.000000] Early memory node ranges
[    0.000000]   node   0: [mem 0x0000000080000000-0x000000009fffffff]
[    0.000000]   node   1: [mem 0x00000000a0000000-0x00000000bfffffff]
[    0.000000] Initmem setup node 0 [mem 0x0000000080000000-0x00000000bfffffff]
[    0.000000] Kernel command line: console=ttyS0
)log") == R"toml(# Made from boot.log; "line N" is the line there that says so.
# Assumed, because the log does not say it:
# - memory is taken from "Early memory node ranges": as the kernel left it, in whole pages, without marks
# - which CPU belongs to which node is not in the log
# - what is reserved when the page allocator takes over is not in the log (memblock=debug shows it)
schema = 1

[board]
name = "riscv-virtio,qemu"  # line 2
arch = "riscv64"
cpus = 1
cmdline = "console=ttyS0"  # line 11

[[memory]]  # line 8
base = 0x80000000
size = "512MiB"
node = 0

[[memory]]  # line 9
base = 0xa0000000
size = "512MiB"
node = 1
)toml");
}

TEST_CASE("arm before 3.15 without any map: lowmem's size and place") {
    const LogBoard made = board_from_log({"boot.log", R"(Booting Linux on physical CPU 0x0
Linux version 3.14.4 (a@b) (gcc version 11.3.0) #2 Sun Nov 22 13:29:09 UTC 2026
CPU: ARMv7 Processor [414fc0f0] revision 0 (ARMv7), cr=10c53c7d
Kernel command line: console=ttyAMA0
Memory: 512120K/524288K available (1186K kernel code, 12168K reserved, 0K highmem)
    lowmem  : 0xc0000000 - 0xe0000000   ( 512 MB)
Setting up static identity map for 0x4012e788 - 0x4012e7bc
)"});
    REQUIRE(made.board.memory.size() == 1);
    CHECK(made.board.memory[0].base == 0x40000000);
    CHECK(made.board.memory[0].size == 0x20000000);
    CHECK(made.board.cpus == 1u);
    CHECK(made.assumed.size() == 2);
}

TEST_CASE("of several boots in a log the first with a map counts") {
    const LogBoard made = board_from_log({"boot.log", R"(Linux version 5.4.1 (a@b) #1
reboot: Restarting system
Linux version 5.4.2 (a@b) #1
BIOS-e820: [mem 0x0000000000000000-0x000000000fffffff] usable
Linux version 5.4.3 (a@b) #1
BIOS-e820: [mem 0x0000000000000000-0x000000001fffffff] usable
)"});
    CHECK(made.release == "5.4.2");
    REQUIRE(made.board.e820.size() == 1);
    CHECK(made.board.e820[0].size == 0x10000000);
}

TEST_CASE("a log whose head is lost is understood with the kernel's config") {
    const KernelConfig config = parse_kernel_config({"config", "# Linux/arm64 6.1.176 Kernel Configuration\nCONFIG_ARM64=y\n"});
    const std::string log =
        " memory[0x0]\t[0x0000000040000000-0x000000007fffffff], 0x0000000040000000 bytes on node 0 flags: 0x0\n";
    const LogBoard made = board_from_log({"boot.log", log}, &config);
    CHECK(made.board.arch == Arch::arm64);
    CHECK(made.version == Version{6, 1, 176});
    CHECK(made.board.memory.size() == 1);
    CHECK(refused(log).starts_with("this does not look like the boot log of a Linux kernel"));
}

TEST_CASE("what cannot become a board is refused with the reason") {
    CHECK(refused("").starts_with("this does not look like the boot log of a Linux kernel"));
    CHECK(refused("Linux version 6.1.0 (a@b) (powerpc64-linux-gnu-gcc) #1 SMP\n")
              .starts_with("this is the log of a kernel for powerpc, which is not modelled"));
    CHECK(refused("Linux version 6.1.0 (a@b) (aarch64-linux-gnu-gcc) #1 SMP\n") ==
          "this log shows no memory map | add memblock=debug to the kernel's command line (with log_buf_len=4M; on machines with "
          "EFI also efi=debug) and boot again");
    CHECK(refused("Linux version 6.1.0 (a@b) (x86_64-linux-gnu-gcc) #1 SMP\nBIOS-e820: [mem 0x0-0xfff] reserved\n")
              .starts_with("this log shows no memory map"));
}

TEST_CASE("damaged lines are dropped, and ranges that no machine has") {
    const LogBoard made = board_from_log(
        {"boot.log",
         "Linux version 6.1.0 (a@b) (x86_64-linux-gnu-gcc) #1 SMP\nBIOS-e820: [mem 0x0-0xfffffff] usable\n"
         "BIOS-e820: [mem 0xzz-0x1] usable\nBIOS-e820: [mem 0x2000-0x1000] usable\nBIOS-e820:\n"
         "BIOS-e820: [mem 0xfff0000000000000-0xffffffffffffffff] usable\nACPI: SRAT: Node 99999 PXM 0 [mem 0x0-0x1]\n"
         "memblock_reserve: [0x1000-0xfff] f+0x0/0x1\nmemblock_reserve:\nmemblock_free: [\n memory[0x0]\n "
         "reserved[\nNODE_DATA(\nNUMA: \n"});
    CHECK(made.board.e820.size() == 1);
    CHECK(made.board.srat.empty());
    CHECK(made.board.reserved.empty());
    CHECK(made.assumed.size() == 3);
}

TEST_CASE("arm64: the reach of the DMA masters shows in where the bounce buffers lie") {
    const std::string head = "Booting Linux on physical CPU 0x0000000000 [0x411fd070]\nLinux version 6.1.0 (a@b) (gcc) #1 SMP\n";
    const std::string two_banks =
        "Early memory node ranges\n  node   0: [mem 0x0000000000000000-0x000000003b2fffff]\n  node   0: [mem "
        "0x0000000040000000-0x00000000fbffffff]\n";
    const auto limit = [&](const std::string& lines) {
        return board_from_log({"boot.log", head + lines}).board.dma_limit.value_or(0);
    };
    // memblock=debug prints the bound itself
    CHECK(limit("memory[0x0]\t[0x0000000040000000-0x00000001bfffffff], 0x180000000 bytes on node 0 flags: 0x0\n"
                "memblock_alloc_try_nid: 67108864 bytes align=0x1000 nid=-1 from=0x0000000000000000 max_addr=0x000000007fffffff "
                "swiotlb_init_remap+0xcc/0x270\n") == 0x80000000);
    CHECK(limit("memory[0x0]\t[0x0000000040000000-0x00000001bfffffff], 0x180000000 bytes on node 0 flags: 0x0\n"
                "memblock_alloc_try_nid: 67108864 bytes align=0x1000 nid=-1 from=0x0000000000000000 max_addr=0x00000000ffffffff "
                "swiotlb_init_remap+0xcc/0x270\n") == 0);
    // Raspberry Pi 4: 1 GiB, in the gap between two banks
    CHECK(limit(two_banks + "software IO TLB: mapped [mem 0x0000000037300000-0x000000003b300000] (64MB)\n") == 0x40000000);
    CHECK(limit("Reserved memory: created CMA memory pool at 0x0000000037300000, size 64 MiB\n" + two_banks +
                "software IO TLB: mapped [mem 0x0000000033300000-0x0000000037300000] (64MB)\n") == 0x40000000);
    CHECK(limit("Early memory node ranges\n  node   0: [mem 0x0000000000000000-0x00000001ffffffff]\ncma: Reserved 64 MiB at "
                "0x000000003c000000\n") == 0x40000000);
    CHECK(limit(two_banks + "cma: Reserved 64 MiB at 0x00000000f8000000\n") == 0);
}

TEST_CASE("ranges that touch are told apart by nomap") {
    const LogBoard made = board_from_log(
        {"boot.log",
         "Booting Linux on physical CPU 0x0000000000 [0x411fd070]\nLinux version 6.1.0 (a@b) (gcc) #1\nEarly memory node ranges\n"
         "  node   0: [mem 0x0000000080000000-0x00000000856fffff]\n  node   0: [mem 0x0000000085700000-0x0000000085cfffff]\n"
         "  node   0: [mem 0x0000000085d00000-0x00000000bfffffff]\n  node   0: [mem 0x0000000100000000-0x000000013fffffff]\n"});
    std::string nomap;
    for (const MemoryBank& m : made.board.memory) nomap += m.nomap ? 'n' : '-';
    CHECK(nomap == "-n--");
}

TEST_CASE("riscv before 6.4: what the kernel left out below itself is memory again") {
    const auto base = [](const std::string& release) {
        return board_from_log({"boot.log", "Linux version " + release +
                                               " (a@b) (riscv64-linux-gnu-gcc) #1\nEarly memory node ranges\n"
                                               "  node   0: [mem 0x0000000080200000-0x00000000bfffffff]\n"})
            .board.memory.at(0)
            .base;
    };
    CHECK(base("6.1.0") == 0x80000000);
    CHECK(base("6.12.0") == 0x80200000);
}

TEST_CASE(
    "x86: a node without memory is known by its number, and what was reserved late is told apart where nodes are hot-pluggable") {
    const LogBoard made = board_from_log({"boot.log", R"(Linux version 6.12.1 (a@b) (x86_64-linux-gnu-gcc) #1 SMP
Command line: memblock=debug
BIOS-e820: [mem 0x0000000000000000-0x000000007ffdffff] usable
memblock_reserve: [0x0000000000000000-0x00000000000fffff] setup_arch+0x7e0/0xd4f
ACPI: SRAT: Node 1 PXM 1 [mem 0x00000000-0x7fffffff] hotplug
memblock_reserve: [0x000000007ecb9680-0x000000007ece3fff] memblock_alloc_range_nid+0xb0/0x13d
NODE_DATA(1) allocated [mem 0x7ecb9680-0x7ece3fff]
memblock_alloc_try_nid: 4096 bytes align=0x40 nid=-1 from=0x0 max_addr=0x0 e820__reserve_resources+0x1/0x2
memblock_reserve: [0x000000007e000000-0x000000007e000fff] memblock_alloc_range_nid+0xb0/0x13d
CPU topo: Allowing 2 present CPUs plus 0 hotplug CPUs
setup_percpu: NR_CPUS:8192 nr_cpumask_bits:2 nr_cpu_ids:2 nr_node_ids:2
pcpu-alloc: [0] 0 [1] 1
.... node  #1, CPUs:      #1
)"});
    CHECK(made.board.possible_nodes == std::vector<int>{0});
    REQUIRE(made.board.nodes.size() == 2);
    CHECK(made.board.nodes[0].id == 0);
    CHECK(made.board.nodes[0].cpus == std::vector<u32>{0});
    CHECK(made.board.nodes[1].cpus == std::vector<u32>{1});
    std::string names;
    for (const ReservedRange& r : made.board.reserved) names += r.name + (r.early ? " early; " : "; ");
    CHECK(names == "setup_arch early; e820__reserve_resources; NODE_DATA(1); ");
}

// Debian 6.1.0-50-armmp, a Versatile Express with the device tree of two CPUs and one of them.
TEST_CASE("CPUs that a device tree has and the machine has not are not present") {
    const auto present = [](const std::string& words, const char* brought_up) {
        return board_from_log({"boot.log",
                               "Linux version 6.1.0-50-armmp (a@b) (gcc-12) #1 SMP\nCPU: ARMv7 Processor [412fc0f1] revision 1 "
                               "(ARMv7), cr=10c5387d\nEarly memory node ranges\n  node   0: [mem 0x80000000-0xffffffff]\n"
                               "Kernel command line: " +
                                   words +
                                   "\nrcu: RCU restricting CPUs from NR_CPUS=8 to nr_cpu_ids=2.\n"
                                   "smp: Brought up " +
                                   brought_up + "\n"})
            .board.present_cpus;
    };
    CHECK(present("quiet", "1 node, 1 CPU") == 1);
    CHECK(present("quiet", "1 node, 2 CPUs") == std::nullopt);
    CHECK(present("maxcpus=1", "1 node, 1 CPU") == std::nullopt);
}

// Debian 6.12.117+deb12-amd64, numa=fake=3U on two nodes; its SRAT's lines about CPUs are for debugging only.
TEST_CASE("x86: CPUs of emulated nodes are those of firmware's node behind them") {
    const Board b = board_from_log({"boot.log", R"(Linux version 6.12.117+deb12-amd64 (a@b) (x86_64-linux-gnu-gcc) #1 SMP
Command line: nokaslr numa=fake=3U
BIOS-e820: [mem 0x0000000000000000-0x00000000bffdffff] usable
BIOS-e820: [mem 0x0000000100000000-0x000000013fffffff] usable
ACPI: SRAT: Node 0 PXM 0 [mem 0x00000000-0xbfffffff]
ACPI: SRAT: Node 1 PXM 1 [mem 0x100000000-0x13fffffff]
Faking node 0 at [mem 0x0000000000001000-0x0000000040000fff] (1024MB)
Faking node 1 at [mem 0x0000000040001000-0x0000000080000fff] (1024MB)
Faking node 2 at [mem 0x0000000080001000-0x00000000bfffffff] (1023MB)
Faking node 3 at [mem 0x0000000100000000-0x0000000115ffffff] (352MB)
CPU topo: Allowing 3 present CPUs plus 0 hotplug CPUs
pcpu-alloc: [0] 0 - [1] 1 2
.... node  #3, CPUs:      #1 #2
)"})
                        .board;
    REQUIRE(b.nodes.size() == 2);
    CHECK(b.nodes[0].cpus == std::vector<u32>{0});
    CHECK(b.nodes[1].id == 1);
    CHECK(b.nodes[1].cpus == std::vector<u32>{1, 2});
}

// 5.4.49, numa=fake=2 on a PC of one node: both CPUs run on the first part of it; without a SRAT they take turns.
TEST_CASE("x86: the CPUs of a single node are told where it was cut up") {
    const auto cpus = [](std::string_view srat, std::string_view faked) {
        const Board b =
            board_from_log({"boot.log", fmt::format("Linux version 5.4.49 (a@b) (x86_64-linux-gnu-gcc) #1 SMP\n"
                                                    "BIOS-e820: [mem 0x0000000000000000-0x000000007fffffff] usable\n{}{}"
                                                    "smpboot: Allowing 2 CPUs, 0 hotplug CPUs\n",
                                                    srat, faked)})
                .board;
        return b.nodes.empty() ? std::vector<u32>{} : b.nodes[0].cpus;
    };
    const std::string_view srat =
        "SRAT: PXM 0 -> APIC 0x00 -> Node 0\nSRAT: PXM 0 -> APIC 0x01 -> Node 0\n"
        "ACPI: SRAT: Node 0 PXM 0 [mem 0x00000000-0x7fffffff]\n";
    const std::string_view faked =
        "Faking node 0 at [mem 0x0000000000000000-0x000000003fffffff] (1024MB)\n"
        "Faking node 1 at [mem 0x0000000040000000-0x000000007fffffff] (1024MB)\n";
    CHECK(cpus(srat, faked) == std::vector<u32>{0, 1});
    CHECK(cpus(srat, "").empty());
    CHECK(cpus("", faked).empty());
}

TEST_CASE("MTRRs are read, and left out where AMD's TOM2 overrides them") {
    const std::string log =
        "Linux version 6.1.0 (a@b) (x86_64-linux-gnu-gcc) #1 SMP\nBIOS-e820: [mem 0x0-0xfffffff] usable\nMTRR default type: "
        "uncachable\n"
        "MTRR fixed ranges enabled:\n  00000-9FFFF write-back\nMTRR variable ranges enabled:\n  0 base 000000000000 mask "
        "FFFF80000000 write-back\n"
        "  1 disabled\n  2 base 0000DCE80000 mask FFFFFFFF0000 uncachable\n";
    const Board b = board_from_log({"boot.log", log}).board;
    CHECK(b.mtrr_default == MtrrType::uncachable);
    REQUIRE(b.mtrr.size() == 2);
    CHECK(b.mtrr[0].size == 0x80000000);
    CHECK(b.mtrr[1].base == 0xdce80000);
    CHECK(b.mtrr[1].size == 0x10000);
    CHECK(board_from_log({"boot.log", log + "TOM2: 0000000420000000 aka 16896M\n"}).board.mtrr.empty());
}

TEST_CASE("arm64: image, initrd, device tree and the tree's areas are inputs, whatever is reserved in the end") {
    // shaped after a boot of Debian 6.1.0-50-arm64 on a Raspberry Pi 3
    const std::string toml = imported(
        R"log([    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd034]
[    0.000000] Linux version 6.1.0-50-arm64 (a@b) (gcc-12) #1 SMP Debian 6.1.176-1 (2026-07-02)
[    0.000000] Machine model: Raspberry Pi 3 Model B
[    0.000000] memblock_remove: [0x0001000000000000-0x0000fffffffffffe] arm64_memblock_init+0x38/0x260
[    0.000000] memblock_add: [0x0000000008000000-0x00000000080f1fff] arm64_memblock_init+0x14c/0x260
[    0.000000] memblock_reserve: [0x0000000008000000-0x00000000080f1fff] arm64_memblock_init+0x164/0x260
[    0.000000] memblock_reserve: [0x0000000000210000-0x000000000220ffff] arm64_memblock_init+0x1f0/0x260
[    0.000000] memblock_phys_alloc_range: 67108864 bytes align=0x200000 from=0x0000000000000000 max_addr=0xffffffffffffffff early_init_dt_alloc_reserved_memory_arch+0x40/0x94
[    0.000000] memblock_reserve: [0x0000000038000000-0x000000003bffffff] memblock_alloc_range_nid+0xe8/0x17c
[    0.000000] Reserved memory: created CMA memory pool at 0x0000000038000000, size 64 MiB
[    0.000000] memblock_alloc_try_nid: 86960 bytes align=0x8 nid=-1 from=0x0000000000000000 max_addr=0x0000000000000000 early_init_dt_alloc_memory_arch+0x30/0x60
[    0.000000] memblock_reserve: [0x0000000037fdbc50-0x0000000037ff0fff] memblock_alloc_range_nid+0xe8/0x17c
[    0.000000] memblock_alloc_try_nid: 48 bytes align=0x8 nid=-1 from=0x0000000000000000 max_addr=0x0000000000000000 early_init_dt_alloc_memory_arch+0x30/0x60
[    0.000000] memblock_reserve: [0x0000000037fdbc20-0x0000000037fdbc4f] memblock_alloc_range_nid+0xe8/0x17c
[    0.000000] MEMBLOCK configuration:
[    0.000000]  memory[0x0]	[0x0000000000000000-0x000000003bffffff], 0x000000003c000000 bytes on node 0 flags: 0x0
[    0.000000]  reserved[0x0]	[0x0000000000210000-0x000000000220ffff], 0x0000000002000000 bytes flags: 0x0
[    0.000000]  reserved[0x1]	[0x0000000008000000-0x00000000080f1fff], 0x00000000000f2000 bytes flags: 0x0
[    0.000000]  reserved[0x2]	[0x0000000008200000-0x000000000820c341], 0x000000000000c342 bytes flags: 0x0
[    0.000000]  reserved[0x3]	[0x0000000037fdbc20-0x0000000037ff0fff], 0x00000000000153e0 bytes flags: 0x0
[    0.000000]  reserved[0x4]	[0x0000000038000000-0x000000003bffffff], 0x0000000004000000 bytes flags: 0x0
[    0.000000] Memory: 830000K/983040K available (13248K kernel code, 91796K reserved, 65536K cma-reserved)
)log");
    CHECK(toml.find("kernel_base = 0x200000  # line 7\n") != toml.npos);
    CHECK(toml.find("[device_tree]\nbase = 0x8200000\nsize = 0xc342\nunflattened = 86960\n") != toml.npos);
    CHECK(toml.find("[[loaded]]  # line 6\nname = \"initrd\"\nbase = 0x8000000\nend = 0x80f1fff\n") != toml.npos);
    CHECK(toml.find("name = \"early_init_dt_alloc_reserved_memory_arch@38000000\"\nbase = 0x38000000\nsize = \"64MiB\"\n"
                    "flags = [\"reusable\", \"pool\", \"cma-default\"]\n") != toml.npos);
}

// 5.9.1 on arm64, built without CMA.
TEST_CASE("arm64: an area of the device tree that no driver takes is no input") {
    const std::string log =
        "Booting Linux on physical CPU 0x0000000000 [0x411fd070]\n"
        "Linux version 5.9.1 (a@b) (gcc) #1 SMP Sun Nov 22 2026\n"
        "memblock_reserve: [0x0000000040200000-0x00000000405fffff] arm64_memblock_init+0x1b4/0x268\n"
        "memblock_reserve: [0x0000000053000000-0x0000000053ffffff] early_init_dt_alloc_reserved_memory_arch+0x60/0x78\n"
        "memblock_reserve: [0x00000000bd4b0000-0x00000000bfcaffff] early_init_dt_alloc_reserved_memory_arch+0x60/0x78\n"
        "OF: reserved mem: node cma compatible matching fail\n"
        "memblock_free: [0x00000000bd4b0000-0x00000000bfcaffff] fdt_init_reserved_mem+0x3b8/0x3e8\n"
        "MEMBLOCK configuration:\n"
        " memory[0x0]\t[0x0000000040000000-0x00000000bfffffff], 0x0000000080000000 bytes on node 0 flags: 0x0\n"
        " reserved[0x0]\t[0x0000000040200000-0x00000000405fffff], 0x0000000000400000 bytes flags: 0x0\n"
        " reserved[0x1]\t[0x0000000053000000-0x0000000053ffffff], 0x0000000001000000 bytes flags: 0x0\n";
    const LogBoard imported = board_from_log({"boot.log", log});
    REQUIRE(imported.board.reserved_memory.size() == 1);
    CHECK(imported.board.reserved_memory[0].base == 0x53000000);
    CHECK(imported.board.reserved.size() == 2);
}

TEST_CASE("what a config decides is taken from lines that show it") {
    const std::string i386 =
        "Linux version 5.15.0-rc1 (a@b) (gcc) #1 SMP Thu Oct 14 2021\n"
        "BIOS-e820: [mem 0x0000000000100000-0x00000000bffdffff] usable\n"
        "last_pfn = 0xbffe0 max_arch_pfn = 0x100000\n";
    CHECK(!board_from_log({"log", i386}).page_offset);
    CHECK(board_from_log({"log", i386 + "885MB LOWMEM available.\n"}).page_offset == 0xc0000000);
    CHECK(board_from_log({"log", i386 + "897MB LOWMEM available.\n"}).page_offset == 0xb0000000);
    CHECK(board_from_log({"log", i386 + "1919MB LOWMEM available.\n"}).page_offset == 0x80000000);
    CHECK(board_from_log({"log", i386 + "2919MB LOWMEM available.\n"}).page_offset == 0x40000000);
    CHECK(board_from_log({"log", i386 + "4000MB LOWMEM available.\n"}).page_offset == std::nullopt);
    CHECK(board_from_log({"log", i386 + "747MB LOWMEM available.\n    lowmem  : 0xb0000000 - 0xdebfe000   ( 747 MB)\n"})
              .page_offset == 0xb0000000);
    CHECK(board_from_log({"log", i386}).smp == true);
    // The banner is cut off before it says whether it is SMP.
    CHECK(!board_from_log({"log", "Linux version 5.15.0-rc1 (a@b)\nBIOS-e820: [mem 0x100000-0xbffdffff] usable\n"}).smp);
}

TEST_CASE("a kernel of linux-next is taken for the release after its base") {
    const auto version = [](const std::string& release) {
        return board_from_log(
                   {"log", "Linux version " + release + " (a@b) (gcc) #1 SMP\nBIOS-e820: [mem 0x100000-0xbffdffff] usable\n"})
            .version;
    };
    CHECK(version("5.4.0-rc4-next-20191021") == Version{5, 5, 0});
    CHECK(version("5.4.0-rc3-next-20191017-05460-g3ef845da3c3b-dirty") == Version{5, 5, 0});
    CHECK(version("6.9.0-rc6-bdver2") == Version{6, 9, 0});
    CHECK(version("5.10.0-nextcloud") == Version{5, 10, 0});
}

TEST_CASE("riscv without an MMU has its kernel at the start of memory") {
    const auto base = [](const std::string& range) {
        return board_from_log({"log", "Linux version 5.6.0-rc1 (a@b) (gcc) #12 SMP\nEarly memory node ranges\n  node   0: [mem " +
                                          range + "]\nInitmem setup node 0 [mem " + range + "]\nelf_hwcap is 0x112d\n"})
            .board.kernel_base;
    };
    CHECK(base("0x0000000080000000-0x00000000807fffff") == 0x80000000);
    CHECK(base("0x0000000080200000-0x00000000807fffff") == std::nullopt);
}

TEST_CASE("an initrd that a log would name, and does not, is not there") {
    const auto log = [](std::string_view between) {
        return fmt::format(
            R"log([    0.000000] Linux version 6.1.0-56-amd64 (a@b) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)
[    0.000000] Command line: console=ttyS0
[    0.000000] BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable
[    0.000000] BIOS-e820: [mem 0x0000000000100000-0x00000000bffdffff] usable
[    0.000000] last_pfn = 0xbffe0 max_arch_pfn = 0x400000000
{}[    0.000000] ACPI: RSDP 0x00000000000F5AD0 000014 (v00 BOCHS )
)log",
            between);
    };
    const auto said = [&](const std::string& text, const KernelConfig* config = nullptr) {
        const LogBoard made = board_from_log({"boot.log", text}, config);
        const auto line = made.lines.find("initrd");
        return fmt::format("{} {}", made.board.initrd ? (*made.board.initrd ? "true" : "false") : "unknown",
                           line == made.lines.end() ? 0 : line->second);
    };
    CHECK(said(log("")) == "false 6");
    CHECK(imported(log("")).find("initrd = false  # line 6\n") != std::string::npos);
    CHECK(said(log("[    0.000000] RAMDISK: [mem 0x36d14000-0x3797cfff]\n")) == "unknown 0");
    CHECK(said(log("** 12 printk messages dropped **\n")) == "unknown 0");
    // A line of the border is lost, and the initrd's may have been with it.
    for (const std::string_view border : {"last_pfn", "ACPI: RSDP"}) {
        std::string excerpt = log("");
        excerpt.replace(excerpt.find(border), border.size(), "something else");
        CHECK(said(excerpt) == "unknown 0");
    }

    // A kernel without support for one says nothing of it.
    KernelConfig config;
    config.symbols["BLK_DEV_INITRD"] = "n";
    CHECK(said(log(""), &config) == "unknown 0");

    // On machines with a device tree it is named when it is unpacked.
    const auto arm64 = [](std::string_view between) {
        return fmt::format(R"log([    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd083]
[    0.000000] Linux version 6.1.0-56-arm64 (a@b) #1 SMP Debian 6.1.192-2 (2026-11-16)
[    0.000000] Early memory node ranges
[    0.000000]   node   0: [mem 0x0000000040000000-0x00000000bfffffff]
[    0.000000] Kernel command line: console=ttyAMA0
[    0.100000] TCP: Hash tables configured (established 16384 bind 16384)
{}[    0.600000] workingset: timestamp_bits=42 max_order=19 bucket_order=0
[    0.900000] Freeing unused kernel memory: 5952K
)log",
                           between);
    };
    CHECK(said(arm64("")) == "false 8");
    CHECK(said(arm64("[    0.200000] Unpacking initramfs...\n")) == "unknown 0");
    CHECK(said(arm64("[    0.200000] Trying to unpack rootfs image as initramfs...\n")) == "unknown 0");
}
