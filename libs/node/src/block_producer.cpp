// SPDX-License-Identifier: Apache-2.0
#include "block_producer.hpp"

#include "pool_feed.hpp"

#include "meta138/base/hex.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace meta138::node {
namespace {

std::uint64_t clamp(const uint256& wei) {
    return wei.fits_uint64() ? wei.low64() : UINT64_MAX;
}

std::int64_t seconds_since_epoch() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace

BlockProducer::BlockProducer(blockchain::Chain& chain, txpool::SharedPool& pool,
                             const BlockProductionOptions& options,
                             std::function<bool(const Address&)> is_permitted,
                             telemetry::Logger log, telemetry::Metrics& metrics)
    : chain_{chain},
      pool_{pool},
      is_permitted_{std::move(is_permitted)},
      log_{std::move(log)},
      duration_{metrics.summary(telemetry::Category::meta138, "block_production_seconds",
                                "Time to build and append a block")},
      selection_{metrics},
      options_{options} {}

blockchain::BlockAttributes BlockProducer::attributes(const BlockWishes& wishes) const {
    const auto view = chain_.view();
    const auto& parent = view->head().header;
    const auto now = static_cast<std::uint64_t>(
        std::max<std::int64_t>(0, seconds_since_epoch() + wishes.clock_offset));
    const auto timestamp = wishes.timestamp.value_or(std::max(now, parent.timestamp + 1));
    const auto rules = view->next_rules(timestamp);
    const MutexLock lock{mutex_};
    blockchain::BlockAttributes result;
    result.timestamp = timestamp;
    result.coinbase = wishes.coinbase.value_or(parent.coinbase);
    result.extra_data = options_.extra_data.value_or(Bytes{});
    result.prev_randao = wishes.prev_randao.value_or(Hash32{});
    result.target_gas_limit = options_.target_gas_limit;
    if (rules.fork >= Fork::shanghai) result.withdrawals.emplace();
    if (rules.fork >= Fork::cancun) result.parent_beacon_block_root = Hash32{};
    result.base_fee_per_gas = wishes.base_fee_per_gas;
    result.min_gas_price = clamp(options_.min_gas_price);
    result.min_priority_fee = clamp(options_.min_priority_fee);
    return result;
}

std::shared_ptr<const blockchain::ExecutedBlock> BlockProducer::produce(
    const BlockWishes& wishes, std::chrono::milliseconds budget) {
    const auto timer = duration_.time();
    PoolSource source{pool_, is_permitted_, log_};
    blockchain::BuildReport report;
    const auto deadline = std::chrono::steady_clock::now() + budget;
    auto block = blockchain::build_block(
        chain_, attributes(wishes), source,
        [&] { return std::chrono::steady_clock::now() < deadline; }, &report);
    selection_.count(report);
    if (!block) {
        log_.error("No block can be built on #{}: {}",
                   with_commas(chain_.view()->head().header.number), to_string(report));
        return nullptr;
    }
    if (wishes.only_with_transactions && block->block.transactions.empty()) return nullptr;
    chain_.append(block);
    log_block(*block, report);
    return block;
}

void BlockProducer::log_block(const blockchain::ExecutedBlock& block,
                              const blockchain::BuildReport& report) const {
    log_.info("Produced {}", describe_block(block, pool_.status().transactions));
    // "Why is my transaction not in the block?" deserves an answer (besu-eth/besu#5881).
    if (report.offered != report.included) log_.info("Of the pool: {}", to_string(report));
}

uint256 BlockProducer::min_gas_price() const {
    const MutexLock lock{mutex_};
    return options_.min_gas_price;
}

void BlockProducer::set_min_gas_price(const uint256& wei) {
    {
        const MutexLock lock{mutex_};
        options_.min_gas_price = wei;
    }
    pool_.set_min_gas_price(wei);
}

uint256 BlockProducer::min_priority_fee() const {
    const MutexLock lock{mutex_};
    return options_.min_priority_fee;
}

void BlockProducer::set_min_priority_fee(const uint256& wei) {
    const MutexLock lock{mutex_};
    options_.min_priority_fee = wei;
}

Bytes BlockProducer::extra_data() const {
    const MutexLock lock{mutex_};
    return options_.extra_data.value_or(Bytes{});
}

bool BlockProducer::set_extra_data(Bytes extra_data) {
    constexpr std::size_t max_vanity = 32;
    if (extra_data.size() > max_vanity) return false;
    const MutexLock lock{mutex_};
    options_.extra_data = std::move(extra_data);
    return true;
}

std::optional<std::uint64_t> BlockProducer::target_gas_limit() const {
    const MutexLock lock{mutex_};
    return options_.target_gas_limit;
}

bool BlockProducer::set_target_gas_limit(std::uint64_t gas_limit) {
    const MutexLock lock{mutex_};
    options_.target_gas_limit = gas_limit;
    return true;
}

std::string with_commas(std::uint64_t number) {
    auto digits = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), 1, ',');
    return digits;
}

std::string describe_block(const blockchain::ExecutedBlock& block, std::size_t pending) {
    const auto& header = block.block.header;
    const auto transactions = block.block.transactions.size();
    const auto percent = header.gas_limit == 0 ? 0.0
                                               : 100.0 * static_cast<double>(header.gas_used) /
                                                     static_cast<double>(header.gas_limit);
    return fmt::format("{}block #{} / {} tx / {} pending / {} ({:.1f}%) gas / ({})",
                       transactions == 0 ? "empty " : "", with_commas(header.number), transactions,
                       pending, with_commas(header.gas_used), percent, to_hex(block.hash));
}

}  // namespace meta138::node
