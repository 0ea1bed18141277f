// SPDX-License-Identifier: Apache-2.0
#include "compression.hpp"

#include "text.hpp"

#include "meta138/base/assert.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace meta138::http {
namespace {

constexpr int level = 1;
constexpr int window_bits = 15;
constexpr int gzip_header = 16;  // added to window_bits (zlib.h)
constexpr int memory_level = 8;

/// A deflate state of one thread, used again and again: setting it up costs more than a small body.
class Deflater {
public:
    explicit Deflater(int bits) {
        const auto result =
            deflateInit2(&stream_, level, Z_DEFLATED, bits, memory_level, Z_DEFAULT_STRATEGY);
        META138_ASSERT(result == Z_OK);
    }
    ~Deflater() { deflateEnd(&stream_); }
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;

    std::string run(std::string_view body) {
        META138_ASSERT(deflateReset(&stream_) == Z_OK);
        std::string result;
        result.resize(deflateBound(&stream_, body.size()));
        auto* in = reinterpret_cast<const Bytef*>(body.data());
        auto* out = reinterpret_cast<Bytef*>(result.data());
        constexpr std::size_t most = std::numeric_limits<uInt>::max();  // a call's counters
        auto in_left = body.size();
        auto out_left = result.size();
        auto status = Z_OK;
        while (status == Z_OK) {
            const auto in_now = std::min(in_left, most);
            const auto out_now = std::min(out_left, most);
            stream_.next_in = const_cast<Bytef*>(in);
            stream_.avail_in = static_cast<uInt>(in_now);
            stream_.next_out = out;
            stream_.avail_out = static_cast<uInt>(out_now);
            status = ::deflate(&stream_, in_now == in_left ? Z_FINISH : Z_NO_FLUSH);
            in += in_now - stream_.avail_in;
            in_left -= in_now - stream_.avail_in;
            out += out_now - stream_.avail_out;
            out_left -= out_now - stream_.avail_out;
        }
        META138_ASSERT(status == Z_STREAM_END);
        result.resize(result.size() - out_left);
        return result;
    }

private:
    z_stream stream_{};
};

/// Whether the parameters of a list element say q=0, q=0.0, ...
bool is_refused(std::string_view parameters) {
    const auto q = parameters.find("q=");
    if (q == std::string_view::npos) return false;
    return parameters.substr(q + 2).find_first_not_of("0. \t") == std::string_view::npos;
}

}  // namespace

ContentCoding choose_coding(std::string_view accept_encoding) noexcept {
    bool gzip = false;
    bool deflate = false;
    any_of_list(accept_encoding, [&](std::string_view element) {
        const auto semicolon = std::min(element.find(';'), element.size());
        const auto name = trim(element.substr(0, semicolon));
        if (is_refused(element.substr(semicolon))) return false;
        gzip = gzip || equals_ignoring_case(name, "gzip") || name == "*";
        deflate = deflate || equals_ignoring_case(name, "deflate");
        return false;
    });
    return gzip ? ContentCoding::gzip : deflate ? ContentCoding::deflate : ContentCoding::identity;
}

std::string_view to_string(ContentCoding coding) noexcept {
    switch (coding) {
        case ContentCoding::identity: return "identity";
        case ContentCoding::gzip: return "gzip";
        case ContentCoding::deflate: return "deflate";
    }
    return {};
}

std::string compress(std::string_view body, ContentCoding coding) {
    META138_ASSERT(coding != ContentCoding::identity);
    static thread_local Deflater gzip{window_bits + gzip_header};
    static thread_local Deflater deflate{window_bits};  // HTTP's deflate is zlib's format
    return coding == ContentCoding::gzip ? gzip.run(body) : deflate.run(body);
}

}  // namespace meta138::http
