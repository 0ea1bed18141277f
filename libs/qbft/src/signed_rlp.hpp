// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "round_rlp.hpp"
#include "signature_rlp.hpp"

#include "meta138/codec/rlp/reader.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/qbft/messages.hpp"

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace meta138::qbft {

/// keccak256(rlp([code, payload])): what the author of a message signs. `payload` is encoded.
Hash32 signing_hash(MessageCode code, ByteView payload);

/// The signatures of one message, to recover all authors at once: that is faster than one by one.
class Signatures {
public:
    void add(const Hash32& hash, const crypto::Signature& signature) {
        signed_hashes_.push_back({hash, signature});
    }
    /// Before the first next_author().
    void recover() {
        authors_.resize(signed_hashes_.size());
        crypto::recover_addresses(signed_hashes_, authors_);
    }
    /// In the order of add().
    std::optional<Address> next_author() { return authors_[next_++]; }

private:
    std::vector<crypto::SignedHash> signed_hashes_;
    std::vector<std::optional<Address>> authors_;
    std::size_t next_ = 0;
};

/// The next item, [payload, signature], without its author: that is `signatures`' to recover.
template <typename Payload, typename ReadPayload>
Signed<Payload> read_signed(rlp::Reader& in, MessageCode code, Signatures& signatures,
                            ReadPayload&& read_payload) {
    const auto encoded = in.raw_item();
    if (in.failed()) return {};
    auto parts = rlp::Reader::list(encoded);
    const auto payload = parts.raw_item();
    const auto signature = read_low_signature(parts);
    if (const auto end = parts.finish(); !end) {
        in.fail(end.error().kind);
        return {};
    }
    auto fields = rlp::Reader::list(payload);
    Signed<Payload> result{
        .payload = read_payload(fields),
        .signature = signature,
        .author = {},
        .encoded = to_bytes(encoded),
    };
    if (const auto end = fields.finish(); !end) in.fail(end.error().kind);
    signatures.add(signing_hash(code, payload), signature);
    return result;
}

}  // namespace meta138::qbft
