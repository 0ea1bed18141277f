// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chain.hpp"
#include "method.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::contracts {

/// What the calls of one contract cost. Every call is made on the chain, and has to succeed unless
/// it is said to be refused.
class GasSection {
public:
    /// `chain` outlives it; `artifact` names the contract whose functions have to be in the table,
    /// all of them; empty: none.
    GasSection(Chain& chain, std::string title, std::string_view artifact, const Address& address);

    struct Sending {
        Address sender;
        std::string_view note;  ///< What is special about it.
        uint256 value;
        bool is_refused = false;
    };
    void send(std::string_view signature, const std::vector<AbiValue>& arguments,
              const Sending& how);
    /// Call data without a function.
    void send_data(std::string_view name, Bytes data, const Sending& how);
    /// Read cold and warm. The chain is as before.
    void read(std::string_view signature, const std::vector<AbiValue>& arguments = {},
              std::string_view note = {});

    /// A function that is measured elsewhere.
    void cover(std::string_view signature) { covered_.emplace(signature); }

    [[nodiscard]] std::string markdown() const;
    /// Functions of the contract that are not in the table, and calls that did not end as they had
    /// to.
    [[nodiscard]] std::vector<std::string> faults() const;

private:
    struct Sent {
        std::string call;
        std::string note;
        std::uint64_t gas = 0;
    };
    struct Read {
        std::string call;
        std::string note;
        std::uint64_t cold = 0;
        std::uint64_t warm = 0;
    };

    Chain& chain_;
    std::string title_;
    std::string_view artifact_;
    Address address_;
    std::vector<Sent> sent_;
    std::vector<Read> reads_;
    std::set<std::string> covered_;
    std::vector<std::string> faults_;
};

/// The whole document.
struct GasReport {
    std::string markdown;
    std::vector<std::string> faults;
};
[[nodiscard]] GasReport measure_gas();

// The parts, each on a chain of its own.
[[nodiscard]] std::vector<GasSection> measure_feed(Chain& chain);
[[nodiscard]] GasSection measure_registry(Chain& chain);
[[nodiscard]] GasSection measure_timelock(Chain& chain);
[[nodiscard]] std::vector<GasSection> measure_standard(Chain& chain);
[[nodiscard]] std::vector<GasSection> measure_swaps(Chain& chain);

}  // namespace meta138::contracts
