// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace meta138::op {

/// Why a deployment stopped. What had been done by then is in the manifest; another run goes on.
struct DeployError {
    std::string reason;  ///< What was wrong, where, and what to do; for people.
};

template <typename T>
using DeployAnswer = std::expected<T, DeployError>;

/// A call that a deployment wants in a block.
struct DeployCall {
    Address to;
    Bytes data;
    uint256 value;  ///< In wei.
};

struct DeployReceipt {
    Hash32 transaction_hash;
    std::uint64_t block = 0;
    std::uint64_t gas_used = 0;
    bool succeeded = false;
    /// In no block, and never will be: another transaction of the sender has used its nonce.
    bool was_displaced = false;
};

/// A chain as a deployment sees it, after its last block: through JSON-RPC, or in a test's memory.
class DeployTarget {
public:
    virtual ~DeployTarget() = default;

    [[nodiscard]] virtual DeployAnswer<std::uint64_t> chain_id() = 0;
    [[nodiscard]] virtual DeployAnswer<Hash32> genesis_hash() = 0;
    /// The last block's timestamp, in seconds since the epoch.
    [[nodiscard]] virtual DeployAnswer<std::uint64_t> time() = 0;
    [[nodiscard]] virtual DeployAnswer<Bytes> code(const Address& address) = 0;
    [[nodiscard]] virtual DeployAnswer<Hash32> storage(const Address& address,
                                                       const Hash32& slot) = 0;
    [[nodiscard]] virtual DeployAnswer<uint256> balance(const Address& address) = 0;
    /// What a call by the sender returns; absent if it fails.
    [[nodiscard]] virtual DeployAnswer<std::optional<Bytes>> call(const Address& to,
                                                                  const Bytes& data) = 0;

    /// Who sends.
    [[nodiscard]] virtual Address sender() const = 0;
    /// Sends all of them, in order, and waits until the last is in a block; one receipt each. Calls
    /// that would fail are an error, and then none is sent.
    [[nodiscard]] virtual DeployAnswer<std::vector<DeployReceipt>> send(
        std::span<const DeployCall> calls) = 0;
    /// Somebody else's signed transaction.
    [[nodiscard]] virtual DeployAnswer<DeployReceipt> send_raw(ByteView transaction) = 0;
    /// Nothing that the sender sent before is still on its way.
    [[nodiscard]] virtual DeployAnswer<void> settle() = 0;
    /// Until some blocks later, or less; an error when the run is to stop.
    [[nodiscard]] virtual DeployAnswer<void> wait(std::chrono::seconds time) = 0;
};

}  // namespace meta138::op
