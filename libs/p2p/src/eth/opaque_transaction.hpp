// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/codec/rlp/writer.hpp"

namespace meta138::p2p::eth {

/// As an item of a list of transactions: a legacy one is a list already, others become a string
/// (EIP-2718, EIP-2976).
inline void write_opaque_transaction(rlp::Writer& out, ByteView opaque) {
    if (!opaque.empty() && opaque.front() >= 0xc0)
        out.raw(opaque);
    else
        out.string(opaque);
}

}  // namespace meta138::p2p::eth
