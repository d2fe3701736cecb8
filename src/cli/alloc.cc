// SPDX-License-Identifier: MIT
// Replays requests to the page allocator, starting right after memblock has handed memory over. A line of JSON answers each.
#include <fmt/format.h>

#include <map>

#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/syntax.h"
#include "input/alloc_script.h"
#include "input/library.h"
#include "mm/init_late.h"
#include "mm/mempolicy.h"
#include "mm/page_alloc.h"

namespace zonecalc::cli {

namespace {

struct AllocOptions : InputOptions {
    std::optional<std::string> script;  // JSON lines; "-" is standard input
    std::vector<std::string> requests;  // --alloc 'order=9 gfp=GFP_DMA32 count=3', after the script
    std::optional<std::string> output;
};

std::string json_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out += c;
        }
    }
    return out + '"';
}

class Replay {
public:
    Replay(const Kernel& kernel, const Layout& layout, const Board& board, const Cmdline& cmdline)
        : allocator_(kernel, layout), kernel_(kernel), policy_(kernel, board, layout) {
        all_ = watermark_settings(kernel, board, cmdline, layout);
        booting_ = boot_cpu_alone(all_);
    }

    void run(const std::vector<AllocRequest>& requests, Diagnostics& diagnostics) {
        for (const AllocRequest& r : requests) {
            switch (r.op) {
                case AllocRequest::Op::alloc:
                case AllocRequest::Op::bulk:
                    allocate(r, diagnostics);
                    break;
                case AllocRequest::Op::free:
                    release(r, diagnostics);
                    break;
                case AllocRequest::Op::step:
                    step_to(r.step);
                    break;
            }
        }
    }
    std::string take() { return std::move(out_); }

private:
    void allocate(const AllocRequest& r, Diagnostics& diagnostics) {
        if (r.node && !allocator_.has_node(*r.node)) {
            diagnostics.error(r.position, fmt::format("there is no node {}", *r.node));
            return;
        }
        const bool bulk = r.op == AllocRequest::Op::bulk;
        const AllocatedPages pages = bulk ? policy_.alloc_pages_bulk(allocator_, r.gfp, r.node, r.count)
                                          : policy_.alloc_pages(allocator_, r.order, r.gfp, r.node);
        out_ += fmt::format("{{\"id\": {}", json_text(r.id));
        if (bulk)
            out_ += fmt::format(", \"pfns\": [{}]", fmt::join(pages.pfns, ", "));
        else if (pages.pfns.empty())
            out_ += ", \"pfn\": null";
        else
            out_ += fmt::format(", \"pfn\": {}", pages.pfns.front());
        if (pages.zone)
            out_ += fmt::format(", \"node\": {}, \"zone\": \"{}\", \"migratetype\": \"{}\"", pages.zone->node,
                                to_string(pages.zone->type), to_string(pages.type));
        else
            out_ += fmt::format(", \"reason\": {}", json_text(pages.reason));
        out_ += "}\n";
        allocated_[r.id] = {pages.pfns, r.order};
    }

    void release(const AllocRequest& r, Diagnostics& diagnostics) {
        if (r.id.empty()) {
            if (!allocator_.free_pages(r.pfn, r.order)) {
                diagnostics.error(
                    r.position,
                    fmt::format("no block of order {} can be freed at pfn {}: it is free already, not aligned, or no memory",
                                r.order, r.pfn));
                return;
            }
            out_ += fmt::format("{{\"free\": {}, \"order\": {}}}\n", r.pfn, r.order);
            return;
        }
        const auto& [pfns, order] = allocated_[r.id];
        for (const Pfn pfn : pfns) {
            if (allocator_.free_pages(pfn, order)) continue;
            diagnostics.error(r.position, fmt::format("{} has been freed already, as pfn {}", in_quotes(r.id), pfn));
            return;
        }
        out_ += fmt::format("{{\"free\": {}, \"pfns\": [{}]}}\n", json_text(r.id), fmt::join(pfns, ", "));
    }

    void step_to(StartUpStep step) {
        const std::vector<StartUpStep> steps = start_up_steps(kernel_);
        while (done_ < steps.size()) {
            const StartUpStep next = steps[done_++];
            take_step(next);
            if (next == step) break;
        }
        out_ += fmt::format("{{\"step\": \"{}\"}}\n", to_string(step));
    }

    void take_step(StartUpStep step) {
        switch (step) {
            case StartUpStep::setup_per_cpu_pageset:
                allocator_.setup_per_cpu_pageset(booting_);
                policy_.numa_policy_init();
                break;
            case StartUpStep::page_alloc_init_late:
                allocator_.page_alloc_init_late(all_);
                break;
            case StartUpStep::cma_init_reserved_areas:
                allocator_.cma_init_reserved_areas();
                break;
            case StartUpStep::init_per_zone_wmark_min:
                allocator_.init_per_zone_wmark_min(all_);
                break;
        }
    }

    PageAllocator allocator_;
    const Kernel& kernel_;
    InitTaskPolicy policy_;
    WatermarkSettings booting_;
    WatermarkSettings all_;
    std::size_t done_ = 0;  // steps of start-up
    std::map<std::string, std::pair<std::vector<Pfn>, unsigned>> allocated_;
    std::string out_;
};

int alloc(const AllocOptions& options) {
    const auto [board, kernel, cmdline, notes] = load_inputs(options);
    if (!options.script && options.requests.empty()) throw UsageError("alloc: nothing to allocate: give --script or --alloc");

    const Source script = options.script ? read_source(*options.script) : Source{"--alloc", {}};
    std::vector<AllocRequest> requests;
    if (options.script) requests = parse_alloc_script(script, kernel);
    unsigned next_id = 0;
    for (const std::string& words : options.requests) {
        std::vector<AllocRequest> more = parse_alloc_words(words, kernel, next_id);
        requests.insert(requests.end(), more.begin(), more.end());
    }

    Layout layout = bring_up(board, kernel, cmdline);
    layout.notes.insert(layout.notes.begin(), notes.begin(), notes.end());
    if (options.strict && complain_of_assumptions(layout)) return exit_assumed;
    if (layout.panic) throw InputError("this kernel does not come up: " + *layout.panic);
    Replay replay(kernel, layout, board, cmdline);
    Diagnostics diagnostics(script);
    replay.run(requests, diagnostics);
    diagnostics.finish();
    write_result(replay.take(), options.output);
    return exit_ok;
}

}  // namespace

Action alloc_command(Syntax& syntax) {
    const auto options = std::make_shared<AllocOptions>();
    add_inputs(syntax, *options);
    syntax.option("--script", "FILE", options->script, "requests, a JSON object a line");
    syntax.option("--alloc", "REQUEST", options->requests, "a request in short; repeatable");
    add_output(syntax, options->output);
    syntax.footer("Example: zonecalc alloc qemu-q35-8g --alloc 'order=9 gfp=GFP_DMA32 count=3'");
    return [options] { return alloc(*options); };
}

}  // namespace zonecalc::cli
