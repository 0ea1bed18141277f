// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/block.hpp"

namespace meta138 {

Withdrawal read_withdrawal(rlp::Reader& in) {
    auto fields = in.list();
    return {
        .index = fields.integer<std::uint64_t>(),
        .validator_index = fields.integer<std::uint64_t>(),
        .address = fields.fixed<Address>(),
        .amount = fields.integer<std::uint64_t>(),
    };
}

void write_withdrawal(rlp::Writer& out, const Withdrawal& withdrawal) {
    out.list([&] {
        out.integer(withdrawal.index);
        out.integer(withdrawal.validator_index);
        out.fixed(withdrawal.address);
        out.integer(withdrawal.amount);
    });
}

std::expected<Withdrawal, rlp::DecodeError> decode_withdrawal(ByteView encoded) {
    auto in = rlp::Reader::sequence(encoded);
    return in.finish(read_withdrawal(in));
}

Bytes encode_withdrawal(const Withdrawal& withdrawal) {
    rlp::Writer out;
    write_withdrawal(out, withdrawal);
    return out.take();
}

}  // namespace meta138
