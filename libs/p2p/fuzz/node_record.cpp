// SPDX-License-Identifier: Apache-2.0
// Bytes as a record and as its text; and as the entries of a record that we sign, so that decoding
// goes on behind the signature.
#include "meta138/base/assert.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/p2p/enr.hpp"

#include <string>

using namespace meta138;
using namespace meta138::p2p;

namespace {

void look_at(const NodeRecord& record) {
    META138_ASSERT(record.encoded().size() <= max_record_bytes);
    META138_ASSERT(NodeRecord::parse(record.text()) == record);
    META138_ASSERT(NodeRecord::decode(record.encoded()) == record);
    if (const auto ip = record.ip()) META138_ASSERT(ip->is_v4());
    static_cast<void>(record.ip6());
    static_cast<void>(record.tcp());
    static_cast<void>(record.udp());
    static_cast<void>(record.tcp6());
    static_cast<void>(record.udp6());
    static_cast<void>(record.fork_id());
}

/// [signature, items...]
Bytes sign(ByteView items) {
    static const auto key = crypto::SecretKey::from(crypto::keccak256({}).bytes).value();
    rlp::Writer content;
    content.list([&] { content.raw(items); });
    const auto signature = crypto::sign(crypto::keccak256(content.view()), key);
    Bytes both = to_bytes(signature.r.bytes);
    both.insert(both.end(), signature.s.begin(), signature.s.end());
    rlp::Writer record;
    record.list([&] { record.string(both).raw(items); });
    return record.take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input{data, size};
    if (const auto record = NodeRecord::decode(input)) look_at(*record);
    if (const auto record = NodeRecord::parse(std::string(input.begin(), input.end())))
        look_at(*record);
    if (const auto record = NodeRecord::decode(sign(input))) look_at(*record);
    return 0;
}
