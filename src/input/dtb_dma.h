// SPDX-License-Identifier: MIT
// How far the DMA masters of a device tree reach.
#pragma once

#include <optional>

#include "input/dtb.h"

namespace zonecalc {

// of_dma_get_max_cpu_address() of the whole tree plus one: the first physical address that some master cannot reach. None where no
// "dma-ranges" sets a limit.
std::optional<PhysAddr> of_dma_limit(const DtTree& tree);

}  // namespace zonecalc
