// SPDX-License-Identifier: Apache-2.0
#pragma once

// Instructions that start another frame. They charge, fill Frame::child and return child_pending;
// the machine runs the child and puts its result on the stack in place of the operands.

#include "frame.hpp"

namespace meta138::evm {

template <CallKind kind>
Status call(uint256* sp, std::int64_t& gas, Frame& frame);
extern template Status call<CallKind::call>(uint256*, std::int64_t&, Frame&);
extern template Status call<CallKind::callcode>(uint256*, std::int64_t&, Frame&);
extern template Status call<CallKind::delegatecall>(uint256*, std::int64_t&, Frame&);
extern template Status call<CallKind::staticcall>(uint256*, std::int64_t&, Frame&);

template <CallKind kind>
Status create(uint256* sp, std::int64_t& gas, Frame& frame);
extern template Status create<CallKind::create>(uint256*, std::int64_t&, Frame&);
extern template Status create<CallKind::create2>(uint256*, std::int64_t&, Frame&);

}  // namespace meta138::evm
