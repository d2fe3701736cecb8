// SPDX-License-Identifier: MIT
#include "input/gunzip.h"

#include <zlib.h>

#include <memory>

namespace zonecalc {

std::optional<std::string> gunzip(std::string_view packed, u64 limit) {
    constexpr int gzip_or_zlib = 15 + 32;
    z_stream stream{};
    if (inflateInit2(&stream, gzip_or_zlib) != Z_OK) return std::nullopt;
    const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, inflateEnd);
    // zlib does not write to its input.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(std::min<u64>(packed.size(), ~uInt{0}));
    std::string out;
    for (int result = Z_OK; result != Z_STREAM_END;) {
        char part[65536];
        stream.next_out = reinterpret_cast<Bytef*>(part);
        stream.avail_out = sizeof part;
        result = inflate(&stream, Z_NO_FLUSH);
        const std::size_t got = sizeof part - stream.avail_out;
        if ((result != Z_OK && result != Z_STREAM_END) || (got == 0 && result != Z_STREAM_END)) return std::nullopt;
        out.append(part, got);
        if (out.size() > limit) return std::nullopt;
    }
    return out;
}

}  // namespace zonecalc
