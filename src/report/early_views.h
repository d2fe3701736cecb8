// SPDX-License-Identifier: MIT
// Early memory for people: the calls that reserved it, and where all memory goes.
#pragma once

#include "report/table.h"
#include "zonecalc/early_memory.h"

namespace zonecalc {

// Every call in the kernel's order.
Table early_calls_table(const std::vector<EarlyCall>& calls, bool bytes);

// Every part, to the byte, and the sum. A second column of bytes where anything has changed by the time start-up is over.
Table memory_account_table(const MemoryAccount& account, bool bytes);

}  // namespace zonecalc
