// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/blockchain/block_builder.hpp"
#include "meta138/blockchain/chain.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/types/genesis.hpp"
#include "meta138/types/transaction.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace meta138::test {

struct GeneratedChainOptions {
    std::size_t senders = 1000;      ///< Each with ether, tokens and allowances.
    std::size_t recipients = 20000;  ///< That transfers go to: accounts that do not exist at first.
    std::uint64_t gas_limit = 30'000'000;
    std::uint64_t seed = 1;
    /// Blocks of difficulty 1, so that a longer branch is heavier; otherwise of proof of stake.
    bool has_difficulty = false;
};

/// What the transactions of a block do.
enum class Workload : std::uint8_t { transfers, token_transfers, swaps, mixed };

/// Makes chains of as many full blocks as one wants: the same for the same options.
class ChainGenerator {
public:
    explicit ChainGenerator(const GeneratedChainOptions& options = {});

    /// For a file: Besu's form, Cancun's rules, free gas (zeroBaseFee).
    [[nodiscard]] const std::string& genesis_json() const noexcept { return genesis_json_; }
    [[nodiscard]] const Genesis& genesis() const noexcept { return genesis_; }

    /// Signed, by the next sender in turn.
    [[nodiscard]] blockchain::TransactionSource::Candidate next(Workload workload);
    /// The transaction that next() gave last was not used.
    void take_back() noexcept;

    /// Builds a block of at most `max_transactions` on the chain's head; does not append it.
    [[nodiscard]] std::shared_ptr<const blockchain::ExecutedBlock> build(
        blockchain::Chain& chain, Workload workload, std::size_t max_transactions = SIZE_MAX);

private:
    struct Sender {
        crypto::SecretKey key;
        Address address;
        std::uint64_t nonce = 0;
    };

    void write_genesis();
    [[nodiscard]] Address recipient();
    [[nodiscard]] Transaction fill(Workload workload);

    GeneratedChainOptions options_;
    std::vector<Sender> senders_;
    std::size_t next_sender_ = 0;
    std::mt19937_64 random_;
    std::string genesis_json_;
    Genesis genesis_;
};

}  // namespace meta138::test
