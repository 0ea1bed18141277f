// SPDX-License-Identifier: Apache-2.0
// The input says who connects, leaves, sends what of a few messages, whole or damaged, and how time
// passes: nothing goes back to its author, memory stays bounded.
#include "meta138/sync/qbft_relay.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/uint256.hpp"

#include <algorithm>
#include <vector>

using namespace meta138;
using namespace meta138::sync;

namespace {

constexpr std::size_t peer_count = 6;

struct Keys {
    std::vector<Address> addresses;
    std::vector<std::vector<Bytes>> messages;  // of each key, for the heights 10 to 13

    Keys() {
        for (std::uint64_t i = 1; i <= peer_count; ++i) {
            const auto secret = crypto::SecretKey::from(to_hash32(uint256{i}).bytes).value();
            const auto address = crypto::address_of(crypto::public_key(secret));
            addresses.push_back(address);
            auto& own = messages.emplace_back();
            for (std::uint64_t height = 10; height < 14; ++height)
                own.push_back(qbft::encode_prepare(qbft::sign_prepare(
                    {.sequence = height, .round = 0, .digest = {}},
                    [&](const Hash32& hash) { return crypto::sign(hash, secret); }, address)));
        }
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Keys keys;
    QbftRelay relay;
    QbftRelay::Time now{};
    relay.set_validators(10, {keys.addresses.begin(), keys.addresses.begin() + 4});
    std::vector<bool> is_connected(peer_count);
    for (std::size_t i = 0; i + 3 < size; i += 4) {
        const auto from = data[i + 1] % peer_count;
        const auto author = data[i + 2] % peer_count;
        const auto id = static_cast<p2p::PeerId>(from);
        switch (data[i] % 5) {
            case 0:
                for (const auto& each :
                     relay.on_connected(id, keys.addresses[from], data[i + 3] % 2 == 0, now))
                    META138_ASSERT(each.to.size() == 1 && each.payload);
                is_connected[from] = true;
                break;
            case 1:
                relay.on_disconnected(id);
                is_connected[from] = false;
                break;
            case 2:
            case 3: {
                auto message = keys.messages[author][data[i + 3] % 4];
                if (data[i] % 5 == 3) message[data[i + 3] % message.size()] ^= data[i + 2] | 1;
                const auto relayed = relay.on_message(id, qbft::MessageCode::prepare, message, now);
                for (const auto to : relayed.to) {
                    META138_ASSERT(to != id && is_connected[static_cast<std::size_t>(to)]);
                    META138_ASSERT(data[i] % 5 == 3 || to != static_cast<p2p::PeerId>(author));
                }
                META138_ASSERT(data[i] % 5 == 3 || author < 4 || relayed.to.empty());
                break;
            }
            default: now += std::chrono::milliseconds{data[i + 3]};
        }
    }
    META138_ASSERT(relay.memory() < std::size_t{4} << 20);
    return 0;
}
