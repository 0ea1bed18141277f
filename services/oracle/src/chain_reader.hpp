// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/client/chain.hpp"
#include "meta138/contracts/feed.hpp"
#include "meta138/oracle/submitter.hpp"

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace meta138::oracle {

/// What one look at the chain tells of the publisher's account.
struct AccountReading {
    AccountView view = {};
    std::uint64_t head_time = 0;  ///< Seconds since the epoch.
    uint256 balance = {};
};

/// An error is for people, with the name of the endpoint.
template <class T>
using ReadResult = std::expected<T, std::string>;
template <class T>
using Reader = std::move_only_function<void(ReadResult<T>)>;

// Each is one request of JSON-RPC; `done` is called once, on the chain's thread.

/// At most one batch's worth of hashes is looked for: the oldest.
void read_account(client::Chain& chain, const Address& account, const std::vector<Hash32>& watched,
                  const uint256& default_priority_fee, Reader<AccountReading> done);

/// The feeds at these addresses, in their order, as they stand for `account`.
using FeedReadings = std::vector<ReadResult<contracts::FeedState>>;
void read_feeds(client::Chain& chain, const Address& account, const std::vector<Address>& feeds,
                Reader<FeedReadings> done);
inline constexpr std::size_t max_feeds_a_batch = 100;

/// The feed that a registry knows for a pair; the zero address if it knows none.
void find_feed(client::Chain& chain, const Address& registry, const std::string& base,
               const std::string& quote, Reader<Address> done);

/// What a transaction would cost, or why it would fail.
struct Estimate {
    std::optional<std::uint64_t> gas = {};
    bool is_reverted = false;
    /// It is for a round that exists: another publisher was faster.
    bool is_round_taken = false;
    /// It would be taken in a later block: a node estimates as of its last one.
    bool is_early = false;
    std::string reason = {};  ///< Of a failure.
};
void estimate(client::Chain& chain, const Address& account, const Transmission& transmission,
              std::move_only_function<void(Estimate)> done);

/// What an included transaction did, by its receipt.
[[nodiscard]] Inclusion to_inclusion(const client::TransactionReceipt& receipt);

}  // namespace meta138::oracle
