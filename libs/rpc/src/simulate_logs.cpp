// SPDX-License-Identifier: Apache-2.0
#include "simulate_logs.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/uint256.hpp"

#include <iterator>
#include <utility>

namespace meta138::rpc {

namespace {

using namespace literals;

/// ERC-7528
constexpr Address ether = "0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"_address;
/// keccak256("Transfer(address,address,uint256)")
constexpr Hash32 transfer_topic =
    "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"_hash32;

Hash32 topic_of(const Address& address) {
    return to_hash32(to_uint256(address));
}

}  // namespace

std::vector<NumberedLog> SimulatedLogs::take() {
    return std::exchange(finished_, {});
}

void SimulatedLogs::on_frame_begin(const evm::Message& message, ByteView /*code*/) {
    frames_.emplace_back();
    const bool moves_value = message.kind == evm::CallKind::call || is_create(message.kind);
    if (moves_value) add_transfer(message.sender, message.recipient, message.value);
}

void SimulatedLogs::on_log(const Log& log) {
    frames_.back().push_back({.log = log, .index = count_++});
}

void SimulatedLogs::on_selfdestruct(const Address& address, const Address& beneficiary,
                                    const uint256& balance) {
    add_transfer(address, beneficiary, balance);
}

void SimulatedLogs::add_transfer(const Address& from, const Address& to, const uint256& value) {
    if (!has_transfers_ || value.is_zero()) return;
    on_log({.address = ether,
            .topics = {transfer_topic, topic_of(from), topic_of(to)},
            .data = to_bytes(to_hash32(value).bytes)});
}

void SimulatedLogs::on_frame_end(const evm::Message& /*message*/, evm::Status status,
                                 std::int64_t /*gas_left*/, ByteView /*output*/) {
    auto logs = std::move(frames_.back());
    frames_.pop_back();
    if (status != evm::Status::success) return;
    auto& target = frames_.empty() ? finished_ : frames_.back();
    target.insert(target.end(), std::make_move_iterator(logs.begin()),
                  std::make_move_iterator(logs.end()));
}

}  // namespace meta138::rpc
