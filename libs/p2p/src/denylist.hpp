// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/crypto/secp256k1.hpp"

#include <chrono>
#include <cstddef>
#include <map>

namespace meta138::p2p {

/// Nodes that stay away for a while. Bounded: beyond that the ban that ends first is forgotten.
class Denylist {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::size_t max_nodes = 4096;

    void ban(const crypto::PublicKey& id, Time until);
    void pardon(const crypto::PublicKey& id) { until_.erase(id); }
    [[nodiscard]] bool contains(const crypto::PublicKey& id, Time now) const;
    [[nodiscard]] std::size_t size() const noexcept { return until_.size(); }

private:
    std::map<crypto::PublicKey, Time> until_;
};

}  // namespace meta138::p2p
