// SPDX-License-Identifier: Apache-2.0
#include "inflate.hpp"

#include "meta138/base/assert.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace meta138::http {
namespace {

constexpr int window_bits = 15;
constexpr int gzip_header = 16;  // added to window_bits (zlib.h)

class Inflater {
public:
    explicit Inflater(int bits) {
        const auto result = inflateInit2(&stream_, bits);
        META138_ASSERT(result == Z_OK);
    }
    ~Inflater() { inflateEnd(&stream_); }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    /// `body` is no longer than zlib's counter.
    std::expected<std::string, InflateError> run(std::string_view body, std::size_t max_size) {
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
        stream_.avail_in = static_cast<uInt>(body.size());
        std::string result;
        std::size_t size = 0;
        while (true) {
            // Memory grows with what has really come out, not with what a header claims.
            constexpr std::size_t first_step = 16 * 1024;
            if (size == result.size()) {
                if (size > max_size) return std::unexpected{InflateError::too_large};
                result.resize(std::min(std::max(2 * size, first_step), max_size + 1));
            }
            stream_.next_out = reinterpret_cast<Bytef*>(result.data() + size);
            const auto room =
                std::min<std::size_t>(result.size() - size, std::numeric_limits<uInt>::max());
            stream_.avail_out = static_cast<uInt>(room);
            const auto status = ::inflate(&stream_, Z_NO_FLUSH);
            size += room - stream_.avail_out;
            if (status == Z_STREAM_END) break;
            // Z_BUF_ERROR: everything was read, and it was not all.
            if (status != Z_OK) return std::unexpected{InflateError::malformed};
        }
        if (size > max_size) return std::unexpected{InflateError::too_large};
        if (stream_.avail_in != 0) return std::unexpected{InflateError::malformed};
        result.resize(size);
        return result;
    }

private:
    z_stream stream_{};
};

}  // namespace

std::expected<std::string, InflateError> decompress(std::string_view body, ContentCoding coding,
                                                    std::size_t max_size) {
    META138_ASSERT(coding != ContentCoding::identity);
    if (body.size() > std::numeric_limits<uInt>::max())
        return std::unexpected{InflateError::too_large};
    // HTTP's deflate is zlib's format.
    return Inflater{coding == ContentCoding::gzip ? window_bits + gzip_header : window_bits}.run(
        body, max_size);
}

}  // namespace meta138::http
