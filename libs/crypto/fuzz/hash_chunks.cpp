// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/assert.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/crypto/sha256.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

/// The input as chunks, each after a byte with its length: a stream of them must hash as the whole,
/// and a batch of them as each alone.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace meta138;
    ByteView input{data, size};
    std::vector<ByteView> chunks;
    Bytes whole;
    while (!input.empty()) {
        const std::size_t length =
            std::min<std::size_t>(input[0] * std::size_t{3}, input.size() - 1);
        chunks.push_back(input.subspan(1, length));
        whole.insert(whole.end(), chunks.back().begin(), chunks.back().end());
        input = input.subspan(1 + length);
    }
    crypto::Keccak256 keccak;
    crypto::Sha256 sha;
    for (const auto chunk : chunks) {
        keccak.update(chunk);
        sha.update(chunk);
    }
    META138_ASSERT(keccak.finish() == crypto::keccak256(whole));
    META138_ASSERT(sha.finish() == crypto::sha256(whole));

    std::vector<Hash32> digests(chunks.size());
    crypto::keccak256_batch(chunks, digests);
    for (std::size_t i = 0; i < chunks.size(); ++i)
        META138_ASSERT(digests[i] == crypto::keccak256(chunks[i]));
    return 0;
}
