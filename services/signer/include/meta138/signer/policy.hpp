// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/types/transaction.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

/// What a key may be used for, by whom. The file's form is described in docs/signer-policy.md.
namespace meta138::signer {

using Selector = FixedBytes<4>;
using PolicyTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// The calls that may go to one contract or account.
struct DestinationRule {
    bool any_selector = true;
    std::set<Selector> selectors;  ///< Those allowed unless any is.
    bool plain_transfer = true;    ///< A call without data.
};

struct ValueWindow {
    uint256 amount;                      ///< Wei, at most, ...
    std::chrono::milliseconds length{};  ///< ... in any period of this length.
};

struct RateLimit {
    double per_second = 0;  ///< Above 0.
    double burst = 1;       ///< At least 1.
};

/// What one key may do. What is absent is not limited.
struct KeyPolicy {
    std::optional<std::set<std::string>> clients;  ///< Common names or other identities.
    std::optional<std::set<std::uint64_t>> chains;
    std::optional<std::map<Address, DestinationRule>> destinations;
    bool contract_creation = true;
    bool messages = true;              ///< eth_sign: EIP-191.
    bool typed_data = true;            ///< eth_signTypedData.
    bool raw_data = true;              ///< The REST route, which signs keccak256 of any bytes: a
                                       ///< transaction's too.
    bool set_code = true;              ///< Transactions with an authorization list (EIP-7702).
    std::optional<uint256> max_value;  ///< Wei in one transaction.
    std::optional<ValueWindow> value_window;
    std::optional<std::uint64_t> max_gas_limit;
    std::optional<uint256> max_fee_per_gas;           ///< Wei; legacy: the gas price.
    std::optional<uint256> max_priority_fee_per_gas;  ///< Wei; legacy transactions have none.
    std::optional<RateLimit> rate;                    ///< Signatures of any kind.
    std::size_t line = 0;                             ///< Of its table in the file.
};

/// Where a policy file is wrong, and how.
struct PolicyError {
    std::string file;
    std::size_t line = 0;
    std::string reason;

    [[nodiscard]] std::string to_string() const;  ///< "policy.toml:12: key: not an address"
};

inline constexpr std::size_t max_policy_size = std::size_t{16} << 20;

/// The policies of all keys.
class Policy {
public:
    /// Everything is allowed, to everybody: as Web3Signer has it. A start without a policy file
    /// says so in a warning.
    [[nodiscard]] static Policy allow_everything();

    /// Reads a policy file, TOML. With a file, a key that has neither a table nor `[default]` may
    /// do nothing; an unknown name, a value out of range and a key with two tables are errors.
    [[nodiscard]] static std::expected<Policy, PolicyError> decode(std::string_view toml,
                                                                   const std::string& file);

    /// Null: the key may do nothing.
    [[nodiscard]] const KeyPolicy* find(const Address& key) const noexcept;
    [[nodiscard]] const std::map<Address, KeyPolicy>& keys() const noexcept { return keys_; }
    [[nodiscard]] bool allows_everything() const noexcept { return allows_everything_; }

private:
    std::map<Address, KeyPolicy> keys_;
    std::optional<KeyPolicy> default_;
    bool allows_everything_ = false;
};

/// A signature that somebody wants.
struct PolicyRequest {
    struct Message {};    ///< EIP-191.
    struct TypedData {};  ///< EIP-712.
    struct RawData {};    ///< keccak256 of bytes that nobody here understands.
    struct Transact {
        std::uint64_t chain_id = 0;
        const Transaction* transaction = nullptr;  ///< Outlives the decision.
    };
    Address key;
    /// Who asks, by every name that was proved: the common name of a client certificate, a token's
    /// user, or nothing.
    std::vector<std::string> client;
    std::variant<Message, TypedData, RawData, Transact> what;
};

/// A refusal: which rule, and a sentence with the figures.
struct Denial {
    std::string_view rule;  ///< `client`, `chain`, `destination`, `selector`, `rate`, ...
    std::string reason;
};

/// What limits over time have counted so far, for each key. Bounded by the number of keys.
class PolicyState {
public:
    /// Counts value that was signed away before this process started (the audit log knows it).
    void add_spent(const Address& key, const uint256& value, PolicyTime at,
                   std::chrono::milliseconds window_length);

    /// Forgets keys that `policy` has no limit over time for.
    void retain(const Policy& policy);

private:
    friend std::expected<void, Denial> decide(const Policy& policy, PolicyState& state,
                                              const PolicyRequest& request, PolicyTime now);
    static constexpr std::size_t window_parts = 64;

    /// Value spent in each part of the window: what counts is forgotten at most a part too late,
    /// never too early.
    struct Spending {
        std::chrono::milliseconds part_length{};
        std::array<std::int64_t, window_parts> part_number{};  // since the epoch
        std::array<uint256, window_parts> amount{};
    };
    struct Bucket {
        double tokens = 0;
        PolicyTime filled_at{};
    };
    struct Counters {
        std::optional<Spending> spending;
        std::optional<Bucket> bucket;
    };

    static uint256 spent(const Spending& spending, PolicyTime now);
    static void add(Spending& spending, const uint256& value, PolicyTime at);

    std::unordered_map<Address, Counters> counters_;
};

/// Whether `policy` allows `request` at `now`. What is allowed counts against the limits over time
/// at once, whether or not it is signed in the end; what is denied counts for nothing. A clock that
/// goes back gives nothing away.
[[nodiscard]] std::expected<void, Denial> decide(const Policy& policy, PolicyState& state,
                                                 const PolicyRequest& request, PolicyTime now);

}  // namespace meta138::signer
