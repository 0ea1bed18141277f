// SPDX-License-Identifier: Apache-2.0
// Documents come out the same, whatever pieces they arrive in, and one behind the other.
#include "document_splitter.hpp"

#include "meta138/base/assert.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace {

using meta138::http::DocumentSplitter;

std::vector<std::string> split_in_pieces(std::string_view stream, std::size_t piece) {
    DocumentSplitter splitter;
    std::vector<std::string> documents;
    std::size_t begin = 0;
    for (std::size_t arrived = 0; arrived < stream.size();) {
        arrived = std::min(stream.size(), arrived + piece);
        while (splitter.advance(stream.substr(begin, arrived - begin)) !=
               DocumentSplitter::Progress::incomplete) {
            const auto [from, to] = splitter.document();
            META138_ASSERT(from < to && begin + to <= arrived);
            documents.emplace_back(stream.substr(begin + from, to - from));
            begin += to;
            splitter.next();
        }
    }
    return documents;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view stream{reinterpret_cast<const char*>(data), size};
    META138_ASSERT(split_in_pieces(stream, std::max<std::size_t>(size, 1)) ==
                   split_in_pieces(stream, 1));
    return 0;
}
