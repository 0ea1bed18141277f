// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/assert.hpp"
#include "meta138/codec/rlp/reader.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/p2p/snap.hpp"

#include <array>
#include <string>

namespace meta138::p2p::snap {
namespace {

/// Items side by side, as caps/snap.md gives them: H is 32 bytes, B any bytes, N a number, L a list
/// of strings, P a list of lists of strings.
std::string_view fields_of(Code request) {
    switch (request) {
        case Code::get_account_range: return "NHHHN";
        case Code::get_storage_ranges: return "NHLBBN";
        case Code::get_byte_codes: return "NLN";
        case Code::get_trie_nodes: return "NHPN";
        case Code::account_range:
        case Code::storage_ranges:
        case Code::byte_codes:
        case Code::trie_nodes: break;
    }
    return {};
}

void read_strings(rlp::Reader& in) {
    auto strings = in.list();
    while (!strings.empty()) strings.bytes();
}

void read_field(rlp::Reader& in, char kind) {
    switch (kind) {
        case 'N': in.integer<std::uint64_t>(); break;
        case 'H': in.fixed<Hash32>(); break;
        case 'B': in.bytes(); break;
        case 'L': read_strings(in); break;
        default: {
            auto lists = in.list();
            while (!lists.empty()) read_strings(lists);
        }
    }
}

}  // namespace

OfferedCapability capability() {
    return {.capability = {.name = std::string{name}, .version = version},
            .message_count = message_count};
}

std::expected<Bytes, rlp::DecodeError> empty_answer(Code request, ByteView payload) {
    META138_ASSERT(is_request(static_cast<std::uint8_t>(request)));
    auto in = rlp::Reader::list(payload);
    const auto request_id = in.integer<std::uint64_t>();
    for (const char kind : fields_of(request).substr(1)) read_field(in, kind);
    static constexpr std::array<std::uint8_t, 1> none = {0xc0};
    const bool has_proof =
        request == Code::get_account_range || request == Code::get_storage_ranges;
    return in.finish(has_proof ? rlp::encode_list(request_id, rlp::Raw{none}, rlp::Raw{none})
                               : rlp::encode_list(request_id, rlp::Raw{none}));
}

}  // namespace meta138::p2p::snap
