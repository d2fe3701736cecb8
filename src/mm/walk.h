// SPDX-License-Identifier: MIT
// How the model writes its walk. Each function that stands for one of the kernel's opens a WalkStep by the newest name that the
// kernel's function has had, and says what it works on. Without a walk to write this costs a test of a pointer: numbers are handed
// over as they are, and what has to be worded is worded by a lambda that is not called then.
//
//     WalkStep step(boot.walk, "zone_batchsize");
//     step.argument("managed", managed, WalkUnit::pages);
//     step.because([&] { return fmt::format("…", …); });
#pragma once

#include <concepts>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zonecalc/kernel.h"
#include "zonecalc/walk.h"

namespace zonecalc {

class Walker {
public:
    Walker(Walk& walk, const Kernel& kernel) : walk_(walk), kernel_(kernel) {}
    Walker(const Walker&) = delete;
    Walker& operator=(const Walker&) = delete;

    const Kernel& kernel() const { return kernel_; }

    void enter(std::string_view function);
    void leave() {
        --depth_;
        running_.pop_back();
    }
    // The innermost function that runs and whose name does not begin with `prefix`, whatever underscores stand before it.
    std::string running_outside(std::string_view prefix) const;
    // Enters what calls `function` in this release, as far as that is not where the path before it was, and `function` itself.
    // Returns how many functions were entered.
    unsigned enter_path(std::string_view function);
    void line(WalkLine::Kind kind, WalkUnit unit, std::string_view name, u64 number, std::string text);

private:
    // A walk of hostile input must not fill memory.
    static constexpr std::size_t most_lines = 400'000;

    bool full();

    Walk& walk_;
    const Kernel& kernel_;
    unsigned depth_ = 0;
    std::vector<std::string> running_;  // from the outermost on, as many as depth_
    std::vector<std::string> path_;  // of the last enter_path(), as long as its functions can be gone on with
    unsigned path_depth_ = 0;
};

// `walker` where its kernel has this function, else null.
Walker* if_exists(Walker* walker, std::string_view function);

// What the function says that is running.
class WalkNote {
public:
    explicit WalkNote(Walker* walker) : walker_(walker) {}

    explicit operator bool() const { return walker_ != nullptr; }
    Walker* walker() const { return walker_; }
    // What the release calls it; only where there is a walk.
    std::string_view name(std::string_view latest) const;

    template <std::integral T>
    void argument(std::string_view name, T number, WalkUnit unit = unit_of<T>()) const {
        if (walker_) walker_->line(WalkLine::Kind::argument, unit, name, static_cast<u64>(number), {});
    }
    void argument(std::string_view name, std::string_view text) const {
        if (walker_) walker_->line(WalkLine::Kind::argument, WalkUnit::text, name, 0, std::string(text));
    }
    template <std::invocable F>
    void argument(std::string_view name, F&& text) const {
        if (walker_) walker_->line(WalkLine::Kind::argument, WalkUnit::text, name, 0, std::string(text()));
    }
    template <std::integral T>
    void value(std::string_view name, T number, WalkUnit unit = unit_of<T>()) const {
        if (walker_) walker_->line(WalkLine::Kind::value, unit, name, static_cast<u64>(number), {});
    }
    void value(std::string_view name, std::string_view text) const {
        if (walker_) walker_->line(WalkLine::Kind::value, WalkUnit::text, name, 0, std::string(text));
    }
    template <std::invocable F>
    void value(std::string_view name, F&& text) const {
        if (walker_) walker_->line(WalkLine::Kind::value, WalkUnit::text, name, 0, std::string(text()));
    }
    // A set of bits, and their names.
    template <std::invocable F>
    void flags(std::string_view name, u64 bits, F&& names) const {
        if (walker_) walker_->line(WalkLine::Kind::value, WalkUnit::hex, name, bits, std::string(names()));
    }
    void because(std::string_view text) const {
        if (walker_) walker_->line(WalkLine::Kind::reason, WalkUnit::text, {}, 0, std::string(text));
    }
    template <std::invocable F>
    void because(F&& text) const {
        if (walker_) walker_->line(WalkLine::Kind::reason, WalkUnit::text, {}, 0, std::string(text()));
    }

protected:
    Walker* walker_;

private:
    template <typename T>
    static constexpr WalkUnit unit_of() {
        return std::signed_integral<T> ? WalkUnit::signed_number : WalkUnit::number;
    }
};

// A function of the kernel while it runs.
class WalkStep : public WalkNote {
public:
    WalkStep(Walker* walker, std::string_view function) : WalkNote(walker) {
        if (walker_) walker_->enter(function);
    }
    ~WalkStep() {
        if (walker_) walker_->leave();
    }
    WalkStep(const WalkStep&) = delete;
    WalkStep& operator=(const WalkStep&) = delete;
};

// A function, inside all that calls it in this release.
class WalkPath : public WalkNote {
public:
    WalkPath(Walker* walker, std::string_view function) : WalkNote(walker) {
        if (walker_) entered_ = walker_->enter_path(function);
    }
    ~WalkPath() {
        for (; entered_ != 0; --entered_) walker_->leave();
    }
    WalkPath(const WalkPath&) = delete;
    WalkPath& operator=(const WalkPath&) = delete;

private:
    unsigned entered_ = 0;
};

}  // namespace zonecalc
