// SPDX-License-Identifier: Apache-2.0
// Bytes as an entry of a node tree, as its root, as a link, and as a DNS message.
#include "dns_tree.hpp"

#include "base64.hpp"
#include "dns_message.hpp"

#include "meta138/base/assert.hpp"

using namespace meta138;
using namespace meta138::p2p;

namespace {

constexpr std::string_view name = "nodes.example.org";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    static const auto key = crypto::public_key(*crypto::SecretKey::from(Bytes(32, 7)));
    META138_ASSERT(!parse_dns_tree_root(text, key));  // nobody guesses a signature
    static_cast<void>(parse_dns_tree_entry(text));
    if (const auto url = parse_dns_tree_url(text))
        META138_ASSERT(parse_dns_tree_url(to_string(*url)) == *url);
    if (const auto bytes = decode_base32(text)) META138_ASSERT(encode_base32(*bytes) == text);
    if (const auto bytes = decode_base64url(text)) META138_ASSERT(encode_base64url(*bytes) == text);
    if (size < 2) return 0;
    const auto id = static_cast<std::uint16_t>(data[0] << 8 | data[1]);
    if (const auto texts = decode_txt_answer({data, size}, id, name))
        META138_ASSERT(texts->size() <= 64);
    if (const auto question = encode_txt_question(id, text))
        META138_ASSERT(question->size() <= 12 + 255 + 4 + 11);
    return 0;
}
