// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/requests.hpp"

#include "meta138/crypto/sha256.hpp"

namespace meta138 {

Hash32 requests_hash(std::span<const Bytes> requests) {
    crypto::Sha256 outer;
    for (const auto& request : requests) {
        if (request.size() > 1) outer.update(crypto::sha256(request).bytes);
    }
    return outer.finish();
}

}  // namespace meta138
