// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "endpoint.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace meta138::op {

/// Requests of one method, all different from each other where the chain offers enough: what a
/// worker sends in turn.
using Bodies = std::vector<std::string>;

/// What a chain has that can be asked for: blocks, transactions, accounts, a contract with logs.
class Sample {
public:
    /// Looks at the last blocks of the chain. Throws LoadError.
    explicit Sample(Client& client);

    /// Requests of one of load_methods() but eth_sendRawTransaction. Throws LoadError when the
    /// chain has nothing to ask for.
    [[nodiscard]] Bodies requests(std::string_view method) const;

private:
    std::uint64_t head_ = 0;
    std::vector<std::string> transactions_;
    std::vector<std::string> accounts_;
    std::string token_;  ///< The contract with the latest log.
};

}  // namespace meta138::op
