// SPDX-License-Identifier: Apache-2.0
#include "instructions_state.hpp"

#include "instructions_memory.hpp"

namespace meta138::evm {
namespace {

/// The prices of SSTORE and what it gives back, for one write of `value`.
struct StoragePrice {
    std::int64_t cost;
    std::int64_t refund;
};

/// Yellow Paper, appendix H.2, SSTORE before net metering.
StoragePrice price_by_change(const GasSchedule& schedule, const SlotAccess& slot,
                             const uint256& value) {
    if (slot.current.is_zero())
        return {value.is_zero() ? schedule.sstore_reset : schedule.sstore_set, 0};
    return {schedule.sstore_reset, value.is_zero() ? schedule.sstore_clears_refund : 0};
}

/// EIP-2200's cases with the prices of the fork (EIP-1283, EIP-2929, EIP-3529).
StoragePrice price_net(const GasSchedule& schedule, const SlotAccess& slot, const uint256& value) {
    const auto& [current, original, was_cold] = slot;
    if (current == value) return {schedule.sstore_noop, 0};
    if (original == current) {
        if (original.is_zero()) return {schedule.sstore_set, 0};
        return {schedule.sstore_reset, value.is_zero() ? schedule.sstore_clears_refund : 0};
    }
    std::int64_t refund = 0;
    if (!original.is_zero()) {
        if (current.is_zero()) refund -= schedule.sstore_clears_refund;
        if (value.is_zero()) refund += schedule.sstore_clears_refund;
    }
    if (original == value) {
        refund += (original.is_zero() ? schedule.sstore_set : schedule.sstore_reset) -
                  schedule.sstore_noop;
    }
    return {schedule.sstore_noop, refund};
}

}  // namespace

Status balance(uint256* sp, std::int64_t& gas, Frame& frame) {
    const auto address = to_address(sp[-1]);
    gas -= frame.environment->schedule.balance;
    if (!charge_cold_access(gas, frame, address)) return Status::out_of_gas;
    sp[-1] = frame.host->balance(address);
    return Status::success;
}

Status extcodesize(uint256* sp, std::int64_t& gas, Frame& frame) {
    const auto address = to_address(sp[-1]);
    gas -= frame.environment->schedule.extcodesize;
    if (!charge_cold_access(gas, frame, address)) return Status::out_of_gas;
    sp[-1] = frame.host->code(address).size();
    return Status::success;
}

Status extcodecopy(uint256* sp, std::int64_t& gas, Frame& frame) {
    const auto address = to_address(sp[-1]);
    gas -= frame.environment->schedule.extcodecopy;
    // The memory first: its price decides whether the account is loaded at all.
    if (!expand_memory(frame, gas, sp[-2], sp[-4])) return Status::out_of_gas;
    if (!charge_cold_access(gas, frame, address)) return Status::out_of_gas;
    return copy_to_memory(frame, gas, sp[-2], sp[-3], sp[-4], frame.host->code(address));
}

Status extcodehash(uint256* sp, std::int64_t& gas, Frame& frame) {
    const auto address = to_address(sp[-1]);
    gas -= frame.environment->schedule.extcodehash;
    if (!charge_cold_access(gas, frame, address)) return Status::out_of_gas;
    sp[-1] = frame.host->is_empty(address) ? uint256{} : to_uint256(frame.host->code_hash(address));
    return Status::success;
}

Status selfbalance(uint256* sp, std::int64_t& /*gas*/, Frame& frame) {
    sp[0] = frame.host->balance(frame.message.recipient);
    return Status::success;
}

Status blockhash(uint256* sp, std::int64_t& /*gas*/, Frame& frame) {
    const uint256 number = sp[-1];
    const auto current = frame.environment->block.number;
    const bool is_recent =
        number.fits_uint64() && number.low64() < current && current - number.low64() <= 256;
    sp[-1] = is_recent ? to_uint256(frame.host->block_hash(number.low64())) : uint256{};
    return Status::success;
}

Status blobhash(uint256* sp, std::int64_t& /*gas*/, Frame& frame) {
    const auto hashes = frame.environment->transaction.blob_versioned_hashes;
    const uint256 index = sp[-1];
    sp[-1] = index.fits_uint64() && index.low64() < hashes.size()
                 ? to_uint256(hashes[index.low64()])
                 : uint256{};
    return Status::success;
}

Status sload(uint256* sp, std::int64_t& gas, Frame& frame) {
    const auto& schedule = frame.environment->schedule;
    gas -= schedule.sload;
    const auto slot = frame.host->access_storage(frame.message.recipient, sp[-1]);
    if (slot.was_cold) gas -= schedule.cold_sload_surcharge;
    if (gas < 0) return Status::out_of_gas;
    sp[-1] = slot.current;
    return Status::success;
}

Status sstore(uint256* sp, std::int64_t& gas, Frame& frame) {
    if (frame.message.is_static) return Status::write_protection;
    const auto& schedule = frame.environment->schedule;
    if (gas <= schedule.sstore_sentry) return Status::out_of_gas;

    const uint256& key = sp[-1];
    const uint256& value = sp[-2];
    const auto slot = frame.host->access_storage(frame.message.recipient, key);
    const auto price = schedule.metering == StorageMetering::net
                           ? price_net(schedule, slot, value)
                           : price_by_change(schedule, slot, value);
    gas -= price.cost + (slot.was_cold ? schedule.cold_sstore_surcharge : 0);
    if (gas < 0) return Status::out_of_gas;
    frame.refund += price.refund;
    if (slot.current != value) frame.host->set_storage(frame.message.recipient, key, value);
    return Status::success;
}

Status tload(uint256* sp, std::int64_t& /*gas*/, Frame& frame) {
    sp[-1] = frame.host->transient_storage(frame.message.recipient, sp[-1]);
    return Status::success;
}

Status tstore(uint256* sp, std::int64_t& /*gas*/, Frame& frame) {
    if (frame.message.is_static) return Status::write_protection;
    frame.host->set_transient_storage(frame.message.recipient, sp[-1], sp[-2]);
    return Status::success;
}

Status selfdestruct(uint256* sp, std::int64_t& gas, Frame& frame) {
    if (frame.message.is_static) return Status::write_protection;
    const auto& schedule = frame.environment->schedule;
    const auto& self = frame.message.recipient;
    const auto beneficiary = to_address(sp[-1]);
    gas -= schedule.selfdestruct;
    if (frame.host->access_account(beneficiary)) gas -= schedule.cold_selfdestruct_surcharge;
    if (gas < 0) return Status::out_of_gas;

    const auto balance = frame.host->balance(self);
    // EIP-150 charged for every new account, EIP-161 only for one that receives something.
    const bool may_create = !schedule.empty_is_absent || !balance.is_zero();
    if (schedule.selfdestruct_charges_new_account && may_create &&
        is_new_account(frame, beneficiary))
        gas -= G_newaccount;
    if (gas < 0) return Status::out_of_gas;

    if (auto* const tracer = frame.environment->tracer)
        tracer->on_selfdestruct(self, beneficiary, balance);
    if (frame.host->selfdestruct(self, beneficiary)) frame.refund += schedule.selfdestruct_refund;
    return Status::success;
}

template <std::size_t topic_count>
Status log(uint256* sp, std::int64_t& gas, Frame& frame) {
    if (frame.message.is_static) return Status::write_protection;
    if (!expand_memory(frame, gas, sp[-1], sp[-2])) return Status::out_of_gas;
    const auto size = sp[-2].low64();
    gas -= G_logdata * static_cast<std::int64_t>(size);
    if (gas < 0) return Status::out_of_gas;

    Log log{.address = frame.message.recipient,
            .topics = {},
            .data = to_bytes(frame.memory.view(sp[-1].low64(), size))};
    log.topics.reserve(topic_count);
    for (std::size_t i = 0; i < topic_count; ++i)
        log.topics.push_back(to_hash32(sp[-3 - static_cast<std::ptrdiff_t>(i)]));
    if (auto* const tracer = frame.environment->tracer) tracer->on_log(log);
    frame.host->emit_log(std::move(log));
    return Status::success;
}

template Status log<0>(uint256*, std::int64_t&, Frame&);
template Status log<1>(uint256*, std::int64_t&, Frame&);
template Status log<2>(uint256*, std::int64_t&, Frame&);
template Status log<3>(uint256*, std::int64_t&, Frame&);
template Status log<4>(uint256*, std::int64_t&, Frame&);

}  // namespace meta138::evm
