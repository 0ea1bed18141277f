// SPDX-License-Identifier: Apache-2.0
#include "instructions_call.hpp"

#include "instructions_memory.hpp"
#include "instructions_state.hpp"

#include "meta138/crypto/keccak.hpp"

namespace meta138::evm {
namespace {

constexpr bool has_value(CallKind kind) {
    return kind == CallKind::call || kind == CallKind::callcode;
}

/// EIP-150: what a frame may hand on of its gas.
std::int64_t gas_to_hand_on(const GasSchedule& schedule, std::int64_t gas) {
    return schedule.all_but_one_64th ? gas - gas / 64 : gas;
}

/// Finds the code to run and charges for the accounts on the way to it (EIP-2929, EIP-7702).
bool resolve_code(std::int64_t& gas, Frame& frame, const Address& address, Message& child) {
    child.code_address = address;
    child.is_delegated = false;
    gas -= frame.environment->schedule.call;
    if (!charge_cold_access(gas, frame, address)) return false;
    if (const auto delegate = frame.host->delegate(address)) {
        gas -= frame.environment->schedule.call;
        if (!charge_cold_access(gas, frame, *delegate)) return false;
        child.code_address = *delegate;
        child.is_delegated = true;
    }
    return true;
}

}  // namespace

template <CallKind kind>
Status call(uint256* sp, std::int64_t& gas, Frame& frame) {
    const auto& schedule = frame.environment->schedule;
    const uint256& requested_gas = sp[-1];
    const auto address = to_address(sp[-2]);
    const uint256 value = has_value(kind) ? sp[-3] : uint256{};
    const uint256* const ranges = has_value(kind) ? sp - 4 : sp - 3;
    const uint256& input_offset = ranges[0];
    const uint256& input_size = ranges[-1];
    const uint256& output_offset = ranges[-2];
    const uint256& output_size = ranges[-3];

    if (kind == CallKind::call && frame.message.is_static && !value.is_zero())
        return Status::write_protection;
    if (!expand_memory(frame, gas, input_offset, input_size) ||
        !expand_memory(frame, gas, output_offset, output_size))
        return Status::out_of_gas;
    Message& child = frame.child;
    if (!resolve_code(gas, frame, address, child)) return Status::out_of_gas;
    if (!value.is_zero()) gas -= G_callvalue;
    if (kind == CallKind::call && (!value.is_zero() || !schedule.empty_is_absent) &&
        is_new_account(frame, address))
        gas -= G_newaccount;
    if (gas < 0) return Status::out_of_gas;

    const auto available = gas_to_hand_on(schedule, gas);
    const bool asks_for_all = !requested_gas.fits_uint64() ||
                              requested_gas.low64() > static_cast<std::uint64_t>(available);
    // Before EIP-150 to ask for more than there is was an error.
    if (asks_for_all && !schedule.all_but_one_64th) return Status::out_of_gas;
    const auto handed_on =
        asks_for_all ? available : static_cast<std::int64_t>(requested_gas.low64());
    gas -= handed_on;

    const Message& self = frame.message;
    child.kind = kind;
    child.is_static = self.is_static || kind == CallKind::staticcall;
    child.depth = self.depth + 1;
    child.gas = handed_on + (value.is_zero() ? 0 : G_callstipend);
    child.recipient =
        kind == CallKind::call || kind == CallKind::staticcall ? address : self.recipient;
    child.sender = kind == CallKind::delegatecall ? self.sender : self.recipient;
    child.value = kind == CallKind::delegatecall ? self.value : value;
    child.input = frame.memory.view(input_offset.low64(), input_size.low64());
    frame.output_offset = output_offset.low64();
    frame.output_size = output_size.low64();
    return child_pending;
}

template <CallKind kind>
Status create(uint256* sp, std::int64_t& gas, Frame& frame) {
    const auto& environment = *frame.environment;
    const auto& schedule = environment.schedule;
    const uint256& value = sp[-1];
    const uint256& offset = sp[-2];
    const uint256& size = sp[-3];

    if (frame.message.is_static) return Status::write_protection;
    if (!expand_memory(frame, gas, offset, size)) return Status::out_of_gas;
    if (schedule.initcode_is_metered) {  // EIP-3860
        if (size.low64() > environment.limits.max_initcode_size)
            return Status::initcode_size_exceeded;
        if (!charge_words(gas, size.low64(), INITCODE_WORD_COST)) return Status::out_of_gas;
    }
    if (kind == CallKind::create2 && !charge_words(gas, size.low64(), G_keccak256word))
        return Status::out_of_gas;

    const auto handed_on = gas_to_hand_on(schedule, gas);
    gas -= handed_on;
    const auto init_code = frame.memory.view(offset.low64(), size.low64());
    const Address& self = frame.message.recipient;
    frame.child = Message{
        .kind = kind,
        .depth = frame.message.depth + 1,
        .gas = handed_on,
        .recipient = kind == CallKind::create2
                         ? create2_address(self, to_hash32(sp[-4]), crypto::keccak256(init_code))
                         : create_address(self, frame.host->nonce(self)),
        .sender = self,
        .code_address = {},
        .value = value,
        .input = init_code,
    };
    frame.output_size = 0;
    return child_pending;
}

template Status call<CallKind::call>(uint256*, std::int64_t&, Frame&);
template Status call<CallKind::callcode>(uint256*, std::int64_t&, Frame&);
template Status call<CallKind::delegatecall>(uint256*, std::int64_t&, Frame&);
template Status call<CallKind::staticcall>(uint256*, std::int64_t&, Frame&);
template Status create<CallKind::create>(uint256*, std::int64_t&, Frame&);
template Status create<CallKind::create2>(uint256*, std::int64_t&, Frame&);

}  // namespace meta138::evm
