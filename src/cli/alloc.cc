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
    Replay(const Kernel& kernel, const Layout& layout, const Board& board) : allocator_(kernel, layout), layout_(layout) {
        all_ = watermark_settings(kernel, board, layout);
        // Until SMP start-up one CPU is online.
        booting_ = all_;
        booting_.online_cpus = 1;
        std::fill(booting_.cpus_of_node.begin(), booting_.cpus_of_node.end(), 0);
        booting_.cpus_of_node.front() = 1;
        if (!layout.nodes.empty() && !layout.node(0)) local_node_ = layout.nodes.front().id;
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
        const int node = r.node.value_or(local_node_);
        if (!allocator_.has_node(node)) {
            diagnostics.error(r.position, fmt::format("there is no node {}", node));
            return;
        }
        const bool bulk = r.op == AllocRequest::Op::bulk;
        const AllocatedPages pages =
            bulk ? allocator_.alloc_pages_bulk(r.gfp, node, r.count) : allocator_.alloc_pages(r.order, r.gfp, node);
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
        if (done_ < 1) allocator_.setup_per_cpu_pageset(booting_);
        if (done_ < 2 && step >= StartUpStep::page_alloc_init_late) allocator_.page_alloc_init_late(all_);
        if (done_ < 3 && step >= StartUpStep::init_per_zone_wmark_min) allocator_.init_per_zone_wmark_min(all_);
        done_ = static_cast<int>(step) + 1;
        out_ += fmt::format("{{\"step\": \"{}\"}}\n", to_string(step));
    }

    PageAllocator allocator_;
    const Layout& layout_;
    WatermarkSettings booting_;
    WatermarkSettings all_;
    int local_node_ = 0;
    int done_ = 0;
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

    const Layout layout = bring_up(board, kernel, cmdline);
    if (layout.panic) throw InputError("this kernel does not come up: " + *layout.panic);
    Replay replay(kernel, layout, board);
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
