// SPDX-License-Identifier: Apache-2.0
#include "meta138/execution/execute_block.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace meta138::execution {

namespace {

/// What a thread takes at a time: several signatures are recovered together, and starting a thread
/// takes about as long as recovering these.
constexpr std::size_t chunk = 16;

}  // namespace

std::expected<std::vector<Address>, InvalidBlock> recover_senders(
    std::span<const Transaction> transactions, Fork fork, unsigned threads) {
    std::vector<std::expected<Address, TransactionError>> recovered(transactions.size());
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        for (auto i = next.fetch_add(chunk); i < transactions.size(); i = next.fetch_add(chunk)) {
            const auto size = std::min(chunk, transactions.size() - i);
            meta138::recover_senders(transactions.subspan(i, size), fork,
                                     std::span{recovered}.subspan(i, size));
        }
    };
    const auto workers = std::min<std::size_t>(threads, transactions.size() / chunk);
    {
        std::vector<std::jthread> others;
        for (std::size_t i = 1; i < workers; ++i) others.emplace_back(work);
        work();
    }

    std::vector<Address> senders;
    senders.reserve(transactions.size());
    for (const auto& sender : recovered) {
        if (!sender)
            return std::unexpected{InvalidBlock{.rule = BlockRule::sender,
                                                .index = senders.size(),
                                                .transaction_error = sender.error()}};
        senders.push_back(*sender);
    }
    return senders;
}

}  // namespace meta138::execution
