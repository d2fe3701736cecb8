// SPDX-License-Identifier: MIT
// The table of contents: what the kernel does from firmware's map to the page allocator, one call for each step.
//
// A reader follows one call into the file that mirrors the kernel's: mm/memblock, mm/mm_init, mm/zonelists, arch/*.
#include <stdexcept>

#include "arch/arch.h"
#include "mm/boot.h"
#include "mm/early_param.h"
#include "mm/init_late.h"
#include "mm/memblock_free_all.h"
#include "mm/memory_account.h"
#include "mm/mm_init.h"
#include "mm/slub.h"
#include "mm/zonelists.h"
#include "zonecalc/findings.h"
#include "zonecalc/zonecalc.h"

namespace zonecalc {

namespace {

// What the inputs themselves leave open.
void note_inputs(Boot& boot) {
    const Kernel& kernel = boot.kernel;
    if (kernel.confirmation == Confirmation::derived)
        boot.note(Note::Kind::unconfirmed, "kernel-not-recorded",
                  "no boot of kernel " + kernel.profile + " was recorded: the answer follows from what changed between releases");
    if (boot.cmdline.dropped)
        boot.note(Note::Kind::effect, "cmdline-too-long",
                  "the kernel has no room for the last " + std::to_string(boot.cmdline.dropped) +
                      " bytes of the command line and never sees them");
    note_unmodelled_parameters(boot);
}

Layout start_kernel(const Board& board, const Kernel& kernel, const Cmdline& cmdline, Until until, Walk* walk) {
    if (board.arch != kernel.arch) throw std::invalid_argument("board and kernel are of different architectures");
    std::optional<Walker> walker;
    Walk unread;  // tells calls of memblock's which function makes them
    if (walk || until == Until::memblock) walker.emplace(walk ? *walk : unread, kernel);
    Boot boot(board, kernel, cmdline, walker ? &*walker : nullptr);
    boot.zones_only = until == Until::zones;
    if (until == Until::memblock) boot.memblock.reserved.calls = &boot.layout.early_calls;
    const WalkStep start(boot.walk, "start_kernel");

    // Firmware's map becomes memblock.memory; early parameters are read; memory gets its nodes.
    setup_arch(boot);
    note_inputs(boot);

    // Beyond this point memblock.memory is final.
    boot.layout.memory = boot.memblock.memory.regions();
    boot.layout.reserved = boot.memblock.reserved.regions();
    if ((until == Until::memblock && !boot.early) || boot.layout.panic) {
        settle_given_back(boot.layout.early_calls);
        if (!board.reserved.empty()) boot.layout.account = memory_account(boot);
        return std::move(boot.layout);
    }
    const Layout at_memblock = until == Until::memblock ? boot.layout : Layout{};

    // Zones of every node, ZONE_MOVABLE among them.
    free_area_init(boot, arch_zone_limits_init(boot));

    // Beyond this point no zone moves.
    // Percpu areas, hashes and whatever else start-up takes for good.
    const std::size_t notes = boot.layout.notes.size();
    if (!boot.zones_only || walk) reserve_until_handover(boot);
    boot.layout.reserved = boot.memblock.reserved.regions();
    // Zones do not depend on it, and what had to be assumed for it was not said.
    if (boot.zones_only && boot.early) boot.layout.reserved.clear();
    if (until == Until::memblock) {
        Layout layout = at_memblock;
        layout.account = memory_account(boot);
        layout.reserved = std::move(boot.layout.reserved);
        layout.early_calls = std::move(boot.layout.early_calls);
        settle_given_back(layout.early_calls);
        layout.notes.insert(layout.notes.end(), boot.layout.notes.begin() + static_cast<std::ptrdiff_t>(notes),
                            boot.layout.notes.end());
        return layout;
    }

    // Nodes with CPUs and no memory come online.
    init_memory_less_nodes(boot);

    // Who is asked when a node has no memory left.
    build_all_zonelists(boot);
    if (until == Until::zones) return std::move(boot.layout);

    // What nobody has reserved becomes free pages. Of a board that does not say what is reserved that would be a guess: on request
    // only.
    const bool hands_over = until == Until::buddy || boot.early || !board.reserved.empty() || walk;
    if (hands_over) memblock_free_all(boot);

    // The first caches, and what start_kernel() takes after them.
    if (until != Until::buddy) kmem_cache_init(boot);

    // What start-up gives back later, and the watermarks that follow from all of it.
    if (hands_over) {
        init_late(boot);
        boot.layout.account = memory_account(boot);
    }
    return std::move(boot.layout);
}

}  // namespace

Layout bring_up(const Board& board, const Kernel& kernel, const Cmdline& cmdline, Until until, Walk* walk) {
    Layout layout = start_kernel(board, kernel, cmdline, until, walk);
    add_findings(board, kernel, cmdline, layout, [](const FindingInfo& f) { return f.by_default; });
    return layout;
}

std::string_view version() {
    return ZONECALC_VERSION;
}

}  // namespace zonecalc
