// SPDX-License-Identifier: MIT
#include "mm/walk.h"

#include <algorithm>

#include "kernel/source_words.h"

namespace zonecalc {

bool Walker::full() {
    if (walk_.lines.size() >= most_lines) walk_.cut = true;
    return walk_.cut;
}

void Walker::enter(std::string_view function) {
    // Whatever runs beside the last path ends it.
    if (depth_ < path_depth_ + path_.size()) path_.resize(depth_ > path_depth_ ? depth_ - path_depth_ : 0);
    line(WalkLine::Kind::call, WalkUnit::text, function_name(kernel_.version, function), 0, {});
    ++depth_;
    running_.emplace_back(function_name(kernel_.version, function));
}

unsigned Walker::enter_path(std::string_view function) {
    std::vector<std::string> path;
    for (const std::string_view name : path_to(kernel_, function)) path.emplace_back(name);
    // Within functions of the path it goes on from there.
    const std::size_t within = depth_ > path_depth_ ? depth_ - path_depth_ : 0;
    const auto open = path.begin() + static_cast<std::ptrdiff_t>(std::min(within, path.size()));
    if (depth_ < path_depth_ || within > path.size() ||
        !std::equal(path.begin(), open, running_.begin() + static_cast<std::ptrdiff_t>(path_depth_), running_.end())) {
        path_.clear();
        path_depth_ = depth_;
        return enter_path(function);
    }
    const auto fork = std::max(open, std::mismatch(path.begin(), path.end(), path_.begin(), path_.end()).first);
    depth_ += static_cast<unsigned>(fork - open);
    running_.insert(running_.end(), open, fork);
    const auto entered = static_cast<unsigned>(path.end() - open);
    for (auto f = fork; f != path.end(); ++f) {
        line(WalkLine::Kind::call, WalkUnit::text, *f, 0, {});
        ++depth_;
        running_.push_back(*f);
    }
    path_ = std::move(path);
    return entered;
}

void Walker::line(WalkLine::Kind kind, WalkUnit unit, std::string_view name, u64 number, std::string text) {
    if (full()) return;
    walk_.lines.push_back({kind, unit, depth_, number, std::string(name), std::move(text)});
}

std::string_view WalkNote::name(std::string_view latest) const {
    return function_name(walker_->kernel().version, latest);
}

std::string Walker::running_outside(std::string_view prefix) const {
    for (auto name = running_.rbegin(); name != running_.rend(); ++name) {
        const std::string_view plain = std::string_view(*name).substr(std::min(name->find_first_not_of('_'), name->size()));
        if (!plain.starts_with(prefix)) return *name;
    }
    return {};
}

Walker* if_exists(Walker* walker, std::string_view function) {
    return walker && has_function(walker->kernel().version, function) ? walker : nullptr;
}

}  // namespace zonecalc
