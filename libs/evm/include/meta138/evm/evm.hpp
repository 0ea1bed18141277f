// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/evm/host.hpp"
#include "meta138/evm/message.hpp"
#include "meta138/evm/precompiles.hpp"
#include "meta138/types/fork.hpp"

#include <cstdint>
#include <memory>
#include <span>

namespace meta138::evm {

class CodeCache;
class Tracer;

/// What the block gives to every frame.
struct BlockContext {
    Address coinbase{};
    std::uint64_t number = 0;
    std::uint64_t timestamp = 0;
    std::uint64_t gas_limit = 0;
    uint256 prev_randao{};  ///< Before Paris: the difficulty. What opcode 0x44 pushes.
    uint256 base_fee_per_gas{};
    uint256 blob_base_fee{};
    std::uint64_t chain_id = 0;
};

/// What the transaction gives to every frame.
struct TransactionContext {
    Address origin{};
    uint256 gas_price{};  ///< Effective (EIP-1559).
    std::span<const Hash32> blob_versioned_hashes{};
};

/// When code is translated for speed. The results are the same.
enum class TranslationPolicy : std::uint8_t { never, when_hot, always };

/// What a chain's genesis or an operator may set.
struct Limits {
    std::size_t max_code_size = 0x6000;      ///< EIP-170; Besu's contractSizeLimit.
    std::size_t max_initcode_size = 0xc000;  ///< EIP-3860
    TranslationPolicy translation = TranslationPolicy::when_hot;
    /// Of simulations; null: every precompile is at its place. Outlives the Evm.
    const PrecompileMoves* precompile_moves = nullptr;
};

/// The Ethereum virtual machine: runs messages under the rules of one fork.
///
/// Frames live on a stack of its own, not on the thread's, so that call depth 1024 needs no
/// particular thread. Reuse one object for many transactions: its memory is kept between them. One
/// thread at a time.
class Evm {
public:
    /// Both references, and the tracer if there is one, outlive this object.
    Evm(Host& host, CodeCache& code_cache, Fork fork, const BlockContext& block, Limits limits = {},
        Tracer* tracer = nullptr);
    ~Evm();
    Evm(const Evm&) = delete;
    Evm& operator=(const Evm&) = delete;

    /// Runs the message and all frames it starts. For a creation, `message.recipient` is the new
    /// address, and the sender's nonce has been raised already. Changes of a failed message are
    /// reverted.
    Result execute(const Message& message, const TransactionContext& transaction);

    [[nodiscard]] Fork fork() const noexcept;

private:
    class Machine;
    std::unique_ptr<Machine> machine_;
};

/// Yellow Paper 7, equation 88: the address of the contract that `sender` creates with this nonce.
Address create_address(const Address& sender, std::uint64_t nonce);
/// EIP-1014.
Address create2_address(const Address& sender, const Hash32& salt, const Hash32& init_code_hash);

}  // namespace meta138::evm
