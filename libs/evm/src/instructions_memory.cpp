// SPDX-License-Identifier: Apache-2.0
#include "instructions_memory.hpp"

#include "meta138/crypto/keccak.hpp"

namespace meta138::evm {

bool grow_memory(Frame& frame, std::int64_t& gas, std::uint64_t end) {
    const auto words = words_of(end);
    gas -= memory_price(words) - memory_price(frame.memory.size() / 32);
    if (gas < 0) return false;
    frame.memory.grow(32 * words);
    return true;
}

Status copy_to_memory(Frame& frame, std::int64_t& gas, const uint256& offset, const uint256& from,
                      const uint256& size, ByteView source) {
    if (!expand_memory(frame, gas, offset, size)) return Status::out_of_gas;
    const auto count = size.low64();
    if (!charge_words(gas, count, G_copy)) return Status::out_of_gas;
    if (count == 0) return Status::success;

    const auto begin = from.fits_uint64() ? std::min(from.low64(), source.size()) : source.size();
    const auto copied = std::min(count, source.size() - begin);
    auto* const out = frame.memory.data() + offset.low64();
    if (copied != 0) std::memcpy(out, source.data() + begin, copied);
    std::memset(out + copied, 0, count - copied);
    return Status::success;
}

Status calldatacopy(uint256* sp, std::int64_t& gas, Frame& frame) {
    return copy_to_memory(frame, gas, sp[-1], sp[-2], sp[-3], frame.message.input);
}

Status codecopy(uint256* sp, std::int64_t& gas, Frame& frame) {
    return copy_to_memory(frame, gas, sp[-1], sp[-2], sp[-3], frame.code->bytes());
}

Status returndatacopy(uint256* sp, std::int64_t& gas, Frame& frame) {
    const uint256& from = sp[-2];
    const uint256& size = sp[-3];
    // EIP-211: unlike the other copies, reading past the end is an error.
    const auto available = frame.return_data.size();
    if (!from.fits_uint64() || !size.fits_uint64() || from.low64() > available ||
        size.low64() > available - from.low64())
        return Status::out_of_bounds_read;
    return copy_to_memory(frame, gas, sp[-1], from, size, frame.return_data);
}

Status mcopy(uint256* sp, std::int64_t& gas, Frame& frame) {
    const uint256& to = sp[-1];
    const uint256& from = sp[-2];
    const uint256& size = sp[-3];
    if (!expand_memory(frame, gas, std::max(to, from), size)) return Status::out_of_gas;
    if (!charge_words(gas, size.low64(), G_copy)) return Status::out_of_gas;
    if (!size.is_zero())
        std::memmove(frame.memory.data() + to.low64(), frame.memory.data() + from.low64(),
                     size.low64());
    return Status::success;
}

Status keccak256(uint256* sp, std::int64_t& gas, Frame& frame) {
    if (!expand_memory(frame, gas, sp[-1], sp[-2])) return Status::out_of_gas;
    const auto size = sp[-2].low64();
    if (!charge_words(gas, size, G_keccak256word)) return Status::out_of_gas;
    sp[-2] = to_uint256(crypto::keccak256(frame.memory.view(sp[-1].low64(), size)));
    return Status::success;
}

uint256 load_padded(ByteView data, const uint256& offset) noexcept {
    if (!offset.fits_uint64() || offset.low64() >= data.size()) return {};
    const auto rest = data.subspan(offset.low64());
    if (rest.size() >= 32) return load_be32(rest.data());
    std::uint8_t word[32] = {};
    std::memcpy(word, rest.data(), rest.size());
    return load_be32(word);
}

}  // namespace meta138::evm
