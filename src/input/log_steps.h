// SPDX-License-Identifier: MIT
// The steps from what a log says to a board, in the order in which they are taken: each adds to `out`, and to what is assumed.
#pragma once

#include "input/log_board.h"
#include "input/log_facts.h"

namespace zonecalc::log_steps {

// What the steps share.
class Step {
public:
    Step(const LogFacts& facts, LogBoard& out) : facts_(facts), out_(out) {}

protected:
    void assume(std::string what) { out_.assumed.push_back(std::move(what)); }
    bool parameter(std::string_view name) const;  // on the command line

    const LogFacts& facts_;
    LogBoard& out_;
};

// The memory map and how far DMA masters reach (log_map.cc). A log without any leaves the board without one.
void memory_map(const LogFacts& facts, LogBoard& out);
// Which nodes there are beside those with memory, and CPUs (log_nodes.cc).
void nodes_and_cpus(const LogFacts& facts, LogBoard& out);
// What is reserved (log_inputs.cc) …
void reservations(const LogFacts& facts, LogBoard& out);
// … and what decides it where the log does not show it; the kernel's image. `config`: none if it was not given.
void early_inputs(const LogFacts& facts, const KernelConfig* config, LogBoard& out);

}  // namespace zonecalc::log_steps
