// SPDX-License-Identifier: MIT
// Tables of caches, as /sys/kernel/slab or a spread sheet gives them.
#include "input/slab_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "mm/slub.h"

namespace zonecalc {

namespace {

constexpr u64 largest_object = u64{1} << 30;
constexpr u64 largest_align = u64{1} << 20;

struct FlagWord {
    std::string_view word;
    u32 flag;
};
// Names of the files of /sys/kernel/slab among them.
constexpr FlagWord flag_words[] = {
    {"hwcache_align", SLAB_HWCACHE_ALIGN},
    {"reclaim_account", SLAB_RECLAIM_ACCOUNT},
    {"cache_dma", SLAB_CACHE_DMA},
    {"cache_dma32", SLAB_CACHE_DMA32},
    {"account", SLAB_ACCOUNT},
    {"typesafe_by_rcu", SLAB_TYPESAFE_BY_RCU},
    {"destroy_by_rcu", SLAB_TYPESAFE_BY_RCU},
    {"panic", SLAB_PANIC},
    {"kmalloc", SLAB_KMALLOC},
    {"consistency_checks", SLAB_CONSISTENCY_CHECKS},
    {"sanity_checks", SLAB_CONSISTENCY_CHECKS},
    {"red_zone", SLAB_RED_ZONE},
    {"poison", SLAB_POISON},
    {"store_user", SLAB_STORE_USER},
    {"trace", SLAB_TRACE},
    {"failslab", SLAB_FAILSLAB},
    {"noleaktrace", SLAB_NOLEAKTRACE},
    {"no_merge", SLAB_NO_MERGE},
    {"no_user_flags", SLAB_NO_USER_FLAGS},
    {"no_obj_ext", SLAB_NO_OBJ_EXT},
    {"ctor", 0},
};

std::vector<std::string> cells_of(std::string_view line) {
    std::vector<std::string> cells;
    while (true) {
        const std::size_t tab = line.find('\t');
        cells.emplace_back(line.substr(0, tab));
        if (tab == std::string_view::npos) return cells;
        line.remove_prefix(tab + 1);
    }
}

class Reader {
public:
    Reader(const Source& source, const Kernel& kernel) : kernel_(kernel), diagnostics_(source), text_(source.text) {}

    SlabTable read() {
        u32 number = 0;
        while (!text_.empty()) {
            const std::size_t end = text_.find('\n');
            std::string_view line = text_.substr(0, end);
            text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
            if (line.ends_with('\r')) line.remove_suffix(1);
            ++number;
            if (line.empty()) continue;
            if (table_.columns.empty())
                header(line, number);
            else
                row(line, number);
            if (!usable_) break;
        }
        if (table_.columns.empty()) diagnostics_.error({}, "there is no line of column names");
        diagnostics_.finish();
        return std::move(table_);
    }

private:
    static constexpr std::size_t nowhere = ~std::size_t{0};

    std::size_t column(std::string_view name) const {
        const auto c = std::find(table_.columns.begin(), table_.columns.end(), name);
        return c == table_.columns.end() ? nowhere : static_cast<std::size_t>(c - table_.columns.begin());
    }

    void header(std::string_view line, u32 number) {
        table_.columns = cells_of(line);
        object_size_ = column("object_size");
        name_ = column("name");
        align_ = column("align");
        size_ = column("size");
        flags_ = column("flags");
        usable_ = object_size_ != nowhere;
        if (!usable_)
            diagnostics_.error({number, 1}, "the first line must name the columns, 'object_size' among them, divided by tabs");
    }

    void row(std::string_view line, u32 number) {
        SlabRequest r;
        r.cells = cells_of(line);
        const auto place = [&](std::size_t cell) {
            u32 at = 1;
            for (std::size_t i = 0; i < cell && i < r.cells.size(); ++i) at += static_cast<u32>(r.cells[i].size()) + 1;
            return SourcePosition{number, at};
        };
        if (r.cells.size() != table_.columns.size()) {
            diagnostics_.error({number, 1}, fmt::format("{} cells below {} columns", r.cells.size(), table_.columns.size()));
            return;
        }
        const auto bytes = [&](std::size_t cell, u64 most) -> std::optional<u64> {
            if (cell == nowhere || r.cells[cell].empty()) return std::nullopt;
            const auto value = parse_object_size(r.cells[cell]);
            if (!value || *value > most)
                diagnostics_.error(place(cell), fmt::format("{} is no number of bytes up to {}", in_quotes(r.cells[cell]), most));
            return value;
        };
        const auto object_size = bytes(object_size_, largest_object);
        if (r.cells[object_size_].empty()) diagnostics_.error(place(object_size_), "the object size is missing");
        r.object_size = object_size.value_or(0);
        r.align = bytes(align_, largest_align).value_or(0);
        if ((r.align & (r.align - 1)) != 0)
            diagnostics_.error(place(align_), fmt::format("{} is no power of two", in_quotes(r.cells[align_])));
        r.size = bytes(size_, largest_object);
        if (name_ != nowhere) r.name = r.cells[name_];
        if (flags_ != nowhere) {
            try {
                r.flags = parse_slab_flags(r.cells[flags_], kernel_);
            } catch (const InputError& e) {
                diagnostics_.error(place(flags_), e.diagnostics().empty() ? e.what() : e.diagnostics().front().message);
            }
        }
        table_.rows.push_back(std::move(r));
    }

    const Kernel& kernel_;
    Diagnostics diagnostics_;
    std::string_view text_;
    SlabTable table_;
    bool usable_ = true;
    std::size_t object_size_ = nowhere, name_ = nowhere, align_ = nowhere, size_ = nowhere, flags_ = nowhere;
};

}  // namespace

SlabFlagWords parse_slab_flags(std::string_view text, const Kernel& kernel) {
    SlabFlagWords out;
    if (text.empty()) return out;
    if (text.front() >= '0' && text.front() <= '9') {
        const Strtoull number = simple_strtoull(text);
        if (!number.rest.empty()) throw InputError(fmt::format("{} is no number", in_quotes(text)));
        out.flags = slab_flags_from_number(kernel, number.value);
        return out;
    }
    return parse_slab_words(text);
}

SlabFlagWords parse_slab_words(std::string_view text) {
    SlabFlagWords out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of("|,"), text.size());
        const std::string_view word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto same = [&](const FlagWord& f) { return parameq(f.word, word); };
        const auto* known = std::find_if(std::begin(flag_words), std::end(flag_words), same);
        if (known == std::end(flag_words)) {
            std::vector<std::string_view> words;
            for (const FlagWord& f : flag_words) words.push_back(f.word);
            std::string hint = did_you_mean(word, words);
            if (hint.empty()) hint = fmt::format("; known are: {}", fmt::join(words, ", "));
            throw InputError(fmt::format("{} is no flag of a cache{}", in_quotes(word), hint));
        }
        out.flags |= known->flag;
        out.ctor = out.ctor || known->flag == 0;
    }
    return out;
}

SlabTable parse_slab_table(const Source& source, const Kernel& kernel) {
    return Reader(source, kernel).read();
}

std::optional<u64> parse_object_size(std::string_view text) {
    const Memparse size = memparse(text, false);
    if (!size.any_digit || !size.rest.empty() || text.size() > 12 || size.value == 0 || size.value > largest_object)
        return std::nullopt;
    return size.value;
}

}  // namespace zonecalc
