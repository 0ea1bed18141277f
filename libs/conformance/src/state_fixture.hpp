// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json.hpp"

#include "meta138/evm/evm.hpp"
#include "meta138/execution/block_environment.hpp"
#include "meta138/execution/block_hashes.hpp"
#include "meta138/execution/block_rules.hpp"
#include "meta138/state/map_state.hpp"
#include "meta138/types/fork.hpp"
#include "meta138/types/transaction.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::conformance {

/// How a number without "0x" is meant.
enum class BareNumber : std::uint8_t { decimal, hexadecimal };

/// {ADDRESS: {balance, nonce, code, storage}} into a state. Numbers may lack "0x", members may be
/// absent and addresses without "0x", as in genesis files.
void decode_accounts(const JsonNode& accounts, state::MapState& state,
                     BareNumber bare_numbers = BareNumber::decimal);

/// {target, max, baseFeeUpdateFraction} of a `blobSchedule`.
BlobParameters decode_blob_parameters(const JsonNode& node);

AccessList decode_access_list(const JsonNode& list);
std::vector<Authorization> decode_authorization_list(const JsonNode& list);

/// What the fixtures take for the hash of an ancestor: keccak256 of its number in decimal ASCII.
class FixtureBlockHashes final : public execution::BlockHashes {
public:
    [[nodiscard]] Hash32 block_hash(std::uint64_t number) const override;
};

/// One test of a state test file: what its cases have in common. Decodes on demand, and shares what
/// it has decoded between the cases. Faults stay in the document.
class StateFixture {
public:
    explicit StateFixture(const JsonNode& test);

    /// The state before.
    [[nodiscard]] state::MapState& pre() noexcept { return pre_; }

    [[nodiscard]] execution::BlockRules rules(Fork fork, std::string_view fork_name) const;
    [[nodiscard]] execution::BlockEnvironment environment(const execution::BlockRules& rules) const;

    /// The transaction of one entry of `post`, signed, with its sender; an error where the fixture
    /// has bytes or numbers of which no transaction can be.
    struct Signed {
        Transaction transaction;
        Address sender;
    };
    [[nodiscard]] std::expected<Signed, std::string> transaction(const JsonNode& post_entry,
                                                                 Fork fork);

    /// The decimal indexes of an entry of `post`: "d0g1v0".
    [[nodiscard]] static std::string indexes_name(const JsonNode& post_entry);

private:
    [[nodiscard]] Transaction unsigned_transaction(const JsonNode& indexes);
    [[nodiscard]] const Bytes& data_at(std::size_t index);

    JsonNode test_;
    JsonNode fields_;  // the member `transaction`
    state::MapState pre_;
    std::vector<std::optional<Bytes>> data_;
};

/// "" if the two agree, else the first account, member and values that differ.
[[nodiscard]] std::string describe_difference(const state::MapState& expected,
                                              const state::MapState& got);

}  // namespace meta138::conformance
