// SPDX-License-Identifier: Apache-2.0
#include "message_history.hpp"

#include "meta138/crypto/keccak.hpp"

#include <utility>

namespace meta138::qbft {

Hash32 message_id(MessageCode code, ByteView payload) noexcept {
    auto id = crypto::keccak256(payload);
    id[0] ^= std::to_underlying(code);
    return id;
}

bool MessageHistory::insert(const Hash32& id) {
    if (limit_ == 0) return true;
    if (!ids_.insert(id).second) return false;
    order_.push_back(id);
    if (order_.size() > limit_) {
        ids_.erase(order_.front());
        order_.pop_front();
    }
    return true;
}

void MessageHistory::reset(std::size_t limit) {
    limit_ = limit;
    ids_.clear();
    order_.clear();
}

}  // namespace meta138::qbft
