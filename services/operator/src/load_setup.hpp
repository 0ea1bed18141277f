// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load_accounts.hpp"

#include "meta138/base/bytes.hpp"
#include "meta138/client/chain.hpp"

#include <cstddef>
#include <iosfwd>
#include <vector>

namespace meta138::op {

/// Puts what a load needs on the chain: money for the accounts, contracts, tokens. What an earlier
/// run has left is used again as far as it goes, but for the contracts. Throws LoadError.
class LoadSetup {
public:
    LoadSetup(client::Chain& chain, crypto::SecretKey funder, std::ostream& progress);

    [[nodiscard]] const LoadFees& fees() const noexcept { return fees_; }

    /// Gives each account enough for so many transactions with that gas limit, and asks for its
    /// nonce.
    void fund(std::vector<LoadAccount>& accounts, std::size_t transactions,
              std::uint64_t gas_limit);
    /// Deploys the scenario's contracts and gives the accounts tokens.
    [[nodiscard]] LoadContracts deploy(Scenario scenario, std::vector<LoadAccount>& accounts);

private:
    [[nodiscard]] Address create(Bytes creation_code);
    [[nodiscard]] Address make_token(const std::vector<LoadAccount>& accounts);
    void make_pair(LoadContracts& contracts, std::vector<LoadAccount>& accounts);
    [[nodiscard]] Bytes sign(LoadAction action);
    /// Sends signed transactions until all are in blocks. One that fails is an error.
    void include(const std::vector<Bytes>& transactions);
    /// Those that are in no block yet.
    [[nodiscard]] std::vector<Hash32> find_missing(const std::vector<Hash32>& hashes);
    void refresh_nonces(std::vector<LoadAccount>& accounts);

    client::Chain& chain_;
    std::ostream& progress_;
    LoadAccount funder_;
    LoadFees fees_;
};

/// The value of a call. Throws LoadError.
template <class T>
[[nodiscard]] T must_ask(client::Chain& chain, const client::Call<T>& call) {
    auto answer = chain.ask(call);
    if (!answer) throw LoadError{call.method + ": " + client::to_string(answer.error())};
    return *std::move(answer);
}

}  // namespace meta138::op
