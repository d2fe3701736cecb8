// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "early_machine.h"
#include "mm/memory_account.h"
#include "zonecalc/cmdline.h"

using namespace zonecalc;

namespace {

std::string told(const MemoryAccount& a) {
    std::string out = fmt::format("firmware {:#x}, added {:#x}\n", a.firmware, a.added);
    for (const MemoryPart& p : a.parts)
        out += fmt::format("{} {} {:#x} {:#x}\n", to_string(p.kind), p.name.empty() ? "-" : p.name, p.hand_over, p.started);
    return out;
}

void check_sums(const Layout& layout) {
    REQUIRE(layout.account);
    const MemoryAccount& a = *layout.account;
    INFO(told(a));
    CHECK(a.sum(&MemoryPart::hand_over) == a.memory());
    if (a.handed_over) CHECK(a.sum(&MemoryPart::started) == a.memory());
}

std::string told(const std::vector<EarlyCall>& calls) {
    std::string out;
    for (const EarlyCall& c : calls)
        out += fmt::format("{} {} {:#x}+{:#x} back {:#x}\n", to_string(c.kind), c.name, c.base, c.size, c.given_back);
    return out;
}

const std::string pc =
    test::pc_board("cpus = 1\ngb_pages = true", 0x7ffe0000) + "[[loaded]]\nname = \"initrd\"\nbase = 0x7f000000\nsize = 0x180400\n";

}  // namespace

TEST_CASE("on every shipped board, with every shipped kernel for it, all memory is accounted for") {
    constexpr std::string_view more[] = {"",
                                         "kernelcore=40%",
                                         "mem=700M",
                                         "movable_node movablecore=300M",
                                         "kernelcore=mirror",
                                         "memmap=64M$0x30000000 memmap=3000K@0x28000200"};
    for (const std::string& name : shipped_boards()) {
        const Board board = load_board(name);
        for (const std::string& kernel_name : shipped_kernels()) {
            const Kernel kernel = load_kernel(kernel_name);
            if (kernel.arch != board.arch) continue;
            const bool own = kernel_name == board.kernel;
            for (const std::string_view words : more) {
                if (!words.empty() && !own) continue;
                CAPTURE(name);
                CAPTURE(kernel_name);
                CAPTURE(words);
                const Cmdline cmdline = parse_cmdline(board.cmdline + " " + std::string(words), kernel);
                const Layout layout = bring_up(board, kernel, cmdline, Until::slub);
                if (layout.panic) continue;
                // Without all struct sizes nothing is computed.
                if (own || layout.account) check_sums(layout);
                if (own) check_sums(bring_up(board, kernel, cmdline, Until::memblock));
            }
        }
    }
}

TEST_CASE("the account names what is reserved, and says what becomes of it") {
    const test::Run run(pc, "6.1-x86_64", "nokaslr", Until::slub);
    REQUIRE(run.layout.account);
    const MemoryAccount& account = *run.layout.account;
    CHECK(account.firmware == 0x9fc00 + 0x7fee0000);
    CHECK(account.added == 0);
    const auto part = [&](MemoryPart::Kind kind, std::string_view name = {}) {
        for (const MemoryPart& p : account.parts)
            if (p.kind == kind && p.name == name) return p;
        return MemoryPart{};
    };
    CHECK(part(MemoryPart::Kind::reserved, "memmap").hand_over == u64{32} << 20);
    CHECK(part(MemoryPart::Kind::reserved, "initrd") ==
          MemoryPart{MemoryPart::Kind::reserved, "initrd", 0x181000, 0x181000, 0x181000});
    // Page 0 is not the kernel's, and the last kilobytes of base memory are no whole page.
    CHECK(part(MemoryPart::Kind::cut).hand_over == 0x1000 + 0xc00);
}

TEST_CASE("areas for contiguous allocations are reserved at the hand-over and free once started") {
    const test::Run run(R"(schema = 1
[board]
arch = "arm64"
cpus = 2
kernel_base = 0x40200000
[[memory]]
base = 0x40000000
size = "2GiB"
)",
                        "6.1-arm64", "cma=32M", Until::slub);
    REQUIRE(run.layout.account);
    u64 cma = 0;
    u64 free = 0;
    u64 free_then = 0;
    for (const MemoryPart& p : run.layout.account->parts) {
        if (p.kind == MemoryPart::Kind::reserved && p.name == "CMA") {
            cma = p.hand_over;
            CHECK(p.started == 0);
        }
        if (p.kind == MemoryPart::Kind::free || p.kind == MemoryPart::Kind::per_cpu || p.kind == MemoryPart::Kind::deferred) {
            free += p.hand_over;
            free_then += p.started;
        }
    }
    CHECK(cma == u64{32} << 20);
    CHECK(free_then == free + cma);
}

TEST_CASE("calls of memblock's are listed in the kernel's order, with what was asked for") {
    const test::Run run(pc, "6.1-x86_64", "nokaslr");
    const std::vector<EarlyCall>& calls = run.layout.early_calls;
    REQUIRE(calls.size() > 20);
    CHECK(calls[0].name == "kernel image");
    CHECK(calls[0].kind == EarlyCall::Kind::reserve);
    const auto found = std::ranges::find(calls, "memmap", &EarlyCall::name);
    REQUIRE(found != calls.end());
    CHECK(found->kind == EarlyCall::Kind::allocate);
    CHECK(found->size == u64{32} << 20);
    CHECK(found->from == u64{16} << 20);
    CHECK(found->nid == 0);
    CHECK_FALSE(found->bottom_up);
    CHECK_FALSE(found->function.empty());

    // All that was taken and not given back is what is reserved.
    u64 taken = 0;
    for (const EarlyCall& c : calls)
        if (c.kind != EarlyCall::Kind::free) taken += c.size - c.given_back;
    u64 reserved = 0;
    for (const MemblockRegion& r : run.layout.reserved) reserved += r.size;
    CHECK(taken >= reserved);
}

TEST_CASE("what is freed is taken off the last call that took it") {
    using Kind = EarlyCall::Kind;
    std::vector<EarlyCall> calls{{.kind = Kind::reserve, .name = "a", .base = 0x1000, .size = 0x1000},
                                 {.kind = Kind::free, .name = "a", .base = 0x1000, .size = 0x800},
                                 {.kind = Kind::allocate, .name = "b", .base = 0x1000, .size = 0x400},
                                 {.kind = Kind::free, .name = "b", .base = 0x1000, .size = 0x400},
                                 {.kind = Kind::reserve, .name = "c", .base = 0x9000, .size = 0x1000}};
    settle_given_back(calls);
    CHECK(told(calls) ==
          "reserve a 0x1000+0x1000 back 0x800\n"
          "free a 0x1000+0x800 back 0x0\n"
          "allocate b 0x1000+0x400 back 0x400\n"
          "free b 0x1000+0x400 back 0x0\n"
          "reserve c 0x9000+0x1000 back 0x0\n");
}
