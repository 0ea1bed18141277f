// SPDX-License-Identifier: Apache-2.0
#pragma once

// Instructions that read or change the world through the host. Their form is that of
// instructions_memory.hpp.

#include "frame.hpp"

namespace meta138::evm {

Status balance(uint256* sp, std::int64_t& gas, Frame& frame);
Status extcodesize(uint256* sp, std::int64_t& gas, Frame& frame);
Status extcodecopy(uint256* sp, std::int64_t& gas, Frame& frame);
Status extcodehash(uint256* sp, std::int64_t& gas, Frame& frame);
Status selfbalance(uint256* sp, std::int64_t& gas, Frame& frame);
Status blockhash(uint256* sp, std::int64_t& gas, Frame& frame);
Status blobhash(uint256* sp, std::int64_t& gas, Frame& frame);
Status sload(uint256* sp, std::int64_t& gas, Frame& frame);
Status sstore(uint256* sp, std::int64_t& gas, Frame& frame);
Status tload(uint256* sp, std::int64_t& gas, Frame& frame);
Status tstore(uint256* sp, std::int64_t& gas, Frame& frame);
Status selfdestruct(uint256* sp, std::int64_t& gas, Frame& frame);

/// LOG0 to LOG4.
template <std::size_t topic_count>
Status log(uint256* sp, std::int64_t& gas, Frame& frame);
extern template Status log<0>(uint256*, std::int64_t&, Frame&);
extern template Status log<1>(uint256*, std::int64_t&, Frame&);
extern template Status log<2>(uint256*, std::int64_t&, Frame&);
extern template Status log<3>(uint256*, std::int64_t&, Frame&);
extern template Status log<4>(uint256*, std::int64_t&, Frame&);

/// EIP-2929: charges for a first access, after the price of a warm one.
inline bool charge_cold_access(std::int64_t& gas, Frame& frame, const Address& address) {
    if (frame.host->access_account(address))
        gas -= frame.environment->schedule.cold_account_surcharge;
    return gas >= 0;
}

/// Whether value sent there makes an account that must be paid for (EIP-161).
inline bool is_new_account(Frame& frame, const Address& address) {
    return frame.environment->schedule.empty_is_absent ? frame.host->is_empty(address)
                                                       : !frame.host->account_exists(address);
}

}  // namespace meta138::evm
