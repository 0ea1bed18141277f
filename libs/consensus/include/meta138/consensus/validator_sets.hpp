// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/blockchain/chain.hpp"
#include "meta138/blockchain/consensus.hpp"
#include "meta138/qbft/config.hpp"
#include "meta138/qbft/validators.hpp"
#include "meta138/types/block.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace meta138::consensus {

/// Gas of the call of a validator contract. Besu takes its RPC gas cap, of this size by default.
inline constexpr std::uint64_t validator_contract_gas = 100'000'000;

/// Who validates after which block: by the votes in headers, by transitions, or by a contract.
///
/// Remembers what it found out for the newest blocks, so that only a start has to walk back to the
/// last epoch block. Safe to call from any thread. Errors are for people, and say what to check.
class ValidatorSets {
public:
    /// The genesis file gives the rules under which a contract is called.
    ValidatorSets(const Genesis& genesis, qbft::Config config);
    ~ValidatorSets();
    ValidatorSets(const ValidatorSets&) = delete;
    ValidatorSets& operator=(const ValidatorSets&) = delete;

    /// Who decides the child of `parent`: ascending, no duplicates, not empty.
    [[nodiscard]] std::expected<std::vector<Address>, std::string> after(
        const Header& parent, const blockchain::Ancestry& ancestry) const;
    /// Who decides the next block of the chain.
    [[nodiscard]] std::expected<std::vector<Address>, std::string> after_head(
        const blockchain::Chain& chain) const;
    /// What JSON-RPC shows for a block: the list in its extra data; in contract mode, as Besu does,
    /// what the contract says after that block.
    [[nodiscard]] std::expected<std::vector<Address>, std::string> of_block(
        const Header& header, const blockchain::Ancestry& ancestry) const;

    /// Whether the child of `parent` is decided by who a contract names: then its extra data has
    /// neither validators nor a vote.
    [[nodiscard]] bool uses_contract_after(const Header& parent) const;
    /// The votes after `parent`, the validators among them; null in contract mode, or when not all
    /// ancestors up to the last epoch block are known.
    [[nodiscard]] std::shared_ptr<const qbft::VoteTally> tally_after(
        const Header& parent, const blockchain::Ancestry& ancestry) const;

    [[nodiscard]] const qbft::Config& config() const noexcept;

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

/// The votes of an operator that would still change something after `tally`, in the order of their
/// recipients (Besu VoteProposer): those of `local` that are not counted yet.
[[nodiscard]] std::vector<qbft::Vote> votes_to_cast(const std::map<Address, bool>& proposed,
                                                    const Address& local,
                                                    const qbft::VoteTally& tally);

}  // namespace meta138::consensus
