// SPDX-License-Identifier: MIT
// bootmem: one bit for each page of lowmem, which older kernels allocate from once memory is mapped.
#pragma once

#include <optional>

#include "mm/memblock.h"

namespace zonecalc {

class Bootmem {
public:
    // [min, max) is lowmem; `map` is where the bitmap lies; `goal` is where a request begins to look that does not say.
    Bootmem(PfnRange pages, PhysRange map, PhysAddr goal, u64 page) : pages_(pages), map_(map), goal_(goal), page_(page) {}

    PhysRange map() const { return map_; }

    // alloc_bootmem_bdata(), then once more without a goal. `low`: begins with the lowest page.
    std::optional<PhysAddr> find(const Memblock& memblock, u64 size, u64 align, std::optional<PhysAddr> from, bool low);
    // free_bootmem(): the whole pages of a range. What of it is given back.
    PhysRange free(PhysAddr base, u64 size);

private:
    std::optional<PhysAddr> find_from(const Memblock& memblock, u64 size, u64 align, PhysAddr goal);
    std::optional<Pfn> first_fit(const Memblock& memblock, u64 count, u64 step, Pfn from) const;

    PfnRange pages_;
    PhysRange map_;
    PhysAddr goal_;
    u64 page_;
    Pfn hint_ = 0;           // where the last allocation ended, or the lowest page that was given back since
    PhysAddr last_end_ = 0;  // of the last allocation, in bytes
};

}  // namespace zonecalc
