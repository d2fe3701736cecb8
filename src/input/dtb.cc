// SPDX-License-Identifier: MIT
// Blobs come from boot loaders, from /sys/firmware/fdt and from dtc, and may be damaged. libfdt checks the header and walks the
// tags without leaving the blob; what it takes on trust is checked here: lengths that turn its walk back, alignment, depth. A blob
// that the kernel could not read is refused.
#include "input/dtb.h"

#include <fmt/format.h>
#include <libfdt.h>

namespace zonecalc {

namespace {

constexpr int deepest = 64;                      // FDT_MAX_DEPTH of drivers/of/fdt.c
constexpr u64 largest_structure = u64{4} << 20;  // kernels map 2 MiB of blob

class Parser {
public:
    explicit Parser(const Source& source) : text_(source.text) { tree_.file = source.name; }

    DtTree parse() {
        header();
        reservations();
        structure();
        return std::move(tree_);
    }

private:
    const void* fdt() const { return text_.data(); }

    void header() {
        const u64 bytes = text_.size();
        if (bytes < sizeof(fdt_header) || fdt_magic(fdt()) != FDT_MAGIC)
            tree_.refuse(0, "this is no device tree blob: it does not start with d00dfeed and a header");
        tree_.total_size = fdt_totalsize(fdt());
        if (tree_.total_size > bytes)
            tree_.refuse(4, fmt::format("the blob is cut off: its header says {} bytes, there are {}", tree_.total_size, bytes));
        if (const int error = fdt_check_header(fdt()); error != 0)
            tree_.refuse(0, fmt::format("the header is damaged: {}", fdt_strerror(error)));
        if (fdt_off_dt_struct(fdt()) % 4 != 0) tree_.refuse(8, "the structure block is not aligned to 4 bytes");
        if (fdt_off_mem_rsvmap(fdt()) % 8 != 0) tree_.refuse(16, "the memory reservation block is not aligned to 8 bytes");
    }

    void reservations() {
        const u64 at = fdt_off_mem_rsvmap(fdt());
        for (int i = 0;; ++i) {
            u64 base = 0, size = 0;
            if (fdt_get_mem_rsv(fdt(), i, &base, &size) != 0)
                tree_.refuse(at + static_cast<u64>(i) * 16, "the memory reservation block has no end");
            if (size == 0) return;  // where the kernel stops
            tree_.reservations.emplace_back(base, size);
        }
    }

    void structure() {
        const u64 begin = fdt_off_dt_struct(fdt());
        int open = -1, depth = 0;
        bool properties_allowed = false;
        for (int at = 0, next = 0;; at = next) {
            const u32 tag = fdt_next_tag(fdt(), at, &next);
            const u64 offset = begin + static_cast<u64>(at);
            if (next < 0) tree_.refuse(offset, fmt::format("the structure block is damaged: {}", fdt_strerror(next)));
            if (static_cast<u64>(at) > largest_structure) tree_.refuse(offset, "no kernel reads a device tree of this size");
            switch (tag) {
                case FDT_BEGIN_NODE: {
                    if (open < 0 && !tree_.nodes.empty()) tree_.refuse(offset, "a second root node");
                    if (++depth > deepest) tree_.refuse(offset, fmt::format("nodes are nested more than {} deep", deepest));
                    int length = 0;
                    const char* name = fdt_get_name(fdt(), at, &length);
                    if (!name) tree_.refuse(offset, fmt::format("a node's name is damaged: {}", fdt_strerror(length)));
                    DtNode node;
                    node.name = {name, static_cast<std::size_t>(length)};
                    node.parent = open;
                    node.offset = offset;
                    const int index = static_cast<int>(tree_.nodes.size());
                    if (open >= 0) tree_.nodes[static_cast<std::size_t>(open)].children.push_back(index);
                    tree_.nodes.push_back(std::move(node));
                    open = index;
                    properties_allowed = true;
                    break;
                }
                case FDT_END_NODE:
                    if (open < 0) tree_.refuse(offset, "a node ends that has not begun");
                    open = tree_.nodes[static_cast<std::size_t>(open)].parent;
                    --depth;
                    properties_allowed = false;
                    break;
                case FDT_PROP:
                    if (!properties_allowed) tree_.refuse(offset, "a property that is in no node, or behind a node's children");
                    tree_.nodes[static_cast<std::size_t>(open)].properties.push_back(property(at, next, offset));
                    break;
                case FDT_NOP:
                    break;
                default:  // FDT_END
                    if (open >= 0) tree_.refuse(offset, "the structure block ends inside of a node");
                    if (tree_.nodes.empty()) tree_.refuse(offset, "the blob has no root node");
                    return;
            }
        }
    }

    DtProperty property(int at, int next, u64 offset) {
        // A length near 2^32 would lead the walk back to where it was.
        const char* name = nullptr;
        int length = 0;
        const void* value = fdt_getprop_by_offset(fdt(), at, &name, &length);
        if (!value) tree_.refuse(offset, fmt::format("a property is damaged: {}", fdt_strerror(length)));
        if (length < 0 || length > next - at) tree_.refuse(offset, "a property is longer than the structure block");
        const std::string_view bytes(static_cast<const char*>(value), static_cast<std::size_t>(length));
        return {name, bytes, static_cast<u64>(bytes.data() - text_.data())};
    }

    std::string_view text_;
    DtTree tree_;
};

}  // namespace

const DtProperty* DtNode::property(std::string_view property_name) const {
    for (const DtProperty& p : properties)
        if (p.name == property_name) return &p;
    return nullptr;
}

std::string_view DtNode::string(std::string_view property_name) const {
    const DtProperty* p = property(property_name);
    return p ? p->value.substr(0, p->value.find('\0')) : std::string_view{};
}

bool DtNode::lists(std::string_view property_name, std::string_view word) const {
    const DtProperty* p = property(property_name);
    std::string_view rest = p ? p->value : std::string_view{};
    while (!rest.empty()) {
        const std::size_t end = rest.find('\0');
        if (rest.substr(0, end) == word) return true;
        rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    }
    return false;
}

bool DtNode::available() const {
    return !has("status") || string("status") == "okay" || string("status") == "ok";
}

const DtNode* DtTree::child(const DtNode& node, std::string_view name) const {
    for (const int c : node.children)
        if (nodes[static_cast<std::size_t>(c)].name == name) return &nodes[static_cast<std::size_t>(c)];
    return nullptr;
}

std::string DtTree::path(const DtNode& node) const {
    if (node.parent < 0) return "/";
    std::vector<std::string_view> names;
    for (const DtNode* n = &node; n->parent >= 0; n = &nodes[static_cast<std::size_t>(n->parent)]) names.push_back(n->name);
    std::string text;
    for (auto name = names.rbegin(); name != names.rend(); ++name) text.append("/").append(*name);
    return text;
}

const DtNode* DtTree::find(std::string_view path) const {
    path = path.substr(0, path.find(':'));
    const DtNode* at = &root();
    if (!path.starts_with('/')) {
        // An alias leads to a path; one that leads to an alias again is nothing that a boot loader writes.
        const DtNode* aliases = child(root(), "aliases");
        const std::size_t end = path.find('/');
        const std::string_view target = aliases ? aliases->string(path.substr(0, end)) : std::string_view{};
        if (!target.starts_with('/')) return nullptr;
        at = find(target);
        path = end == path.npos ? std::string_view{} : path.substr(end);
    }
    while (at && !path.empty()) {
        path.remove_prefix(1);
        const std::size_t end = path.find('/');
        const std::string_view name = path.substr(0, end);
        path = end == path.npos ? std::string_view{} : path.substr(end);
        if (!name.empty()) at = child(*at, name);
    }
    return at;
}

void DtTree::refuse(u64 offset, const std::string& message) const {
    throw InputError({{Severity::error, file, {}, fmt::format("byte {:#x}: {}", offset, message), {}}});
}

bool is_dtb(std::string_view text) {
    return text.starts_with("\xd0\x0d\xfe\xed");
}

DtTree parse_dtb(const Source& source) {
    return Parser(source).parse();
}

u64 read_cells(std::string_view cells, u64 first, u64 count) {
    u64 number = 0;
    for (u64 i = first; i < first + count && i < cells.size() / 4; ++i)
        for (u64 byte = 0; byte < 4; ++byte) number = number << 8 | static_cast<unsigned char>(cells[i * 4 + byte]);
    return number;
}

}  // namespace zonecalc
