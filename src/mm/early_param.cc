// SPDX-License-Identifier: MIT
// Which words of the command line shape memory, and who reads them.
//
// An early parameter is read while setup_arch() runs, in the order of the command line; a word may come several times, and its
// handler decides whether the last one wins or each adds something. Handlers of one architecture live in its file, those that all
// share are reached from here. The table below names the words that change what memory looks like in some way that is not computed:
// they are named in the result, never dropped in silence.
#include "mm/early_param.h"

#include <fmt/format.h>

#include "mm/mm_init.h"

namespace zonecalc {

namespace {

struct UnmodelledParameter {
    std::string_view name;
    std::string_view effect;
    bool early = false;  // computed where the rest of early boot is
};

// The zones themselves do not move with any of these, except where the text says so.
constexpr UnmodelledParameter unmodelled_parameters[] = {
    {"cma", "reserves a CMA area", true},
    {"crashkernel", "reserves memory for a crash kernel", true},
    {"default_hugepagesz", "takes part in hugepages=", true},
    {"dhash_entries", "sizes the dentry hash", true},
    {"hugepages", "gigantic pages are reserved before the page allocator starts", true},
    {"hugepagesz", "takes part in hugepages=", true},
    {"hugetlb_cma", "reserves CMA areas for gigantic pages", true},
    {"ihash_entries", "sizes the inode hash", true},
    {"initrd", "moves or adds a reserved range"},
    {"kho", "reserves scratch areas for kexec handover"},
    {"log_buf_len", "reserves a larger log buffer", true},
    {"memtest", "may reserve bad ranges that it finds"},
    {"numa_cma", "reserves CMA areas per node"},
    {"numa_zonelist_order", "chooses node or zone order of the zonelists"},
    {"page_owner", "reserves memory for page extensions"},
    {"percpu_alloc", "changes the per-CPU areas", true},
    {"ramoops.mem_address", "claims a range that the board should list as reserved"},
    {"reserve_mem", "reserves memory by name", true},
    {"stack_depot_max_pools", "sizes the stack depot", true},
    {"swiotlb", "changes the bounce buffer's size", true},
    {"trace_buf_size", "allocates trace buffers"},
};

bool mminit_loglevel(Boot& boot, const Parameter& p) {
    if (!boot.kernel.config_enabled("DEBUG_MEMORY_INIT")) return true;
    // mminit_verify_zonelist() prints from MMINIT_VERIFY, which is 1.
    if (p.value) boot.layout.verify_zonelists = simple_strtoull(*p.value).value >= 1;
    return true;
}

// Both are handled where areas are placed; a kernel without them does not know the words.
bool cma_without_support(Boot& boot, const Parameter& p) {
    const std::string_view option = parameq(p.name, "cma") ? "DMA_CMA" : "CMA";
    if (!boot.kernel.config.contains("CMA") || boot.kernel.config_enabled(option)) return false;
    boot.note(Note::Kind::effect, "cma-unsupported",
              fmt::format("{}= does nothing: this kernel is built without CONFIG_{}", p.name, option));
    return true;
}

bool movable_node(Boot& boot) {
    if (!boot.kernel.movable_node) {
        boot.note(Note::Kind::effect, "movable-node-unsupported",
                  "movable_node does nothing: this kernel is built without memory hot-removal or movable nodes");
        return true;
    }
    boot.movable_node_enabled = true;
    return true;
}

}  // namespace

bool common_early_param(Boot& boot, const Parameter& p) {
    if (parameq(p.name, "kernelcore") || parameq(p.name, "movablecore")) return cmdline_parse_core_param(boot, p);
    if (parameq(p.name, "movable_node")) return movable_node(boot);
    if (parameq(p.name, "cma") || parameq(p.name, "hugetlb_cma")) return cma_without_support(boot, p);
    if (parameq(p.name, "mminit_loglevel")) return mminit_loglevel(boot, p);
    return false;
}

void mark_handled(Boot& boot, const Parameter& parameter) {
    boot.handled.push_back(parameter.name);
}

void note_unmodelled_parameters(Boot& boot) {
    for (const Parameter& p : boot.cmdline.parameters) {
        const bool handled =
            std::any_of(boot.handled.begin(), boot.handled.end(), [&](const std::string& name) { return parameq(name, p.name); });
        if (handled) continue;
        for (const UnmodelledParameter& u : unmodelled_parameters)
            if (parameq(u.name, p.name) && !(boot.early && u.early))
                boot.note(Note::Kind::unmodelled, "unmodelled-parameter",
                          fmt::format("{} is not computed: {}", p.value ? p.name + "=" + *p.value : p.name, u.effect));
    }
}

}  // namespace zonecalc
