// SPDX-License-Identifier: Apache-2.0
#include "deposit_requests.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/uint256.hpp"

#include <array>
#include <cstddef>

namespace meta138::execution {

namespace {

using namespace literals;

/// keccak256("DepositEvent(bytes,bytes,bytes,bytes,bytes)")
constexpr Hash32 DEPOSIT_EVENT_SIGNATURE_HASH =
    "0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5"_hash32;
constexpr std::size_t DEPOSIT_EVENT_LENGTH = 576;

/// One of the event's five byte strings, as the ABI lays them out: a word with the offset to a word
/// with the size, then the bytes.
struct Field {
    std::size_t offset;
    std::size_t size;
};
constexpr std::array<Field, 5> fields{{
    {160, 48},  // pubkey
    {256, 32},  // withdrawal_credentials
    {320, 8},   // amount
    {384, 96},  // signature
    {512, 8},   // index
}};

bool append_deposit(Bytes& out, ByteView event) {
    if (event.size() != DEPOSIT_EVENT_LENGTH) return false;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto& [offset, size] = fields[i];
        if (load_be32(event.data() + 32 * i) != uint256{offset}) return false;
        if (load_be32(event.data() + offset) != uint256{size}) return false;
        const auto content = event.subspan(offset + 32, size);
        out.insert(out.end(), content.begin(), content.end());
    }
    return true;
}

}  // namespace

std::expected<Bytes, MalformedDepositEvent> deposit_requests(std::span<const Receipt> receipts,
                                                             const Address& contract) {
    Bytes requests;
    for (const auto& receipt : receipts) {
        for (const auto& log : receipt.logs) {
            const bool is_deposit = log.address == contract && !log.topics.empty() &&
                                    log.topics[0] == DEPOSIT_EVENT_SIGNATURE_HASH;
            if (is_deposit && !append_deposit(requests, log.data))
                return std::unexpected{MalformedDepositEvent{}};
        }
    }
    return requests;
}

}  // namespace meta138::execution
