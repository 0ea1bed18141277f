// SPDX-License-Identifier: Apache-2.0
#include "nonce/journal_record.hpp"

#include "meta138/base/assert.hpp"

using namespace meta138;

// Whatever is read from a file, written anew says the same and has no damage.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto decoded = signer::decode_journal({data, size});
    if (!decoded) return 0;
    META138_ASSERT(decoded->torn_bytes + decoded->damaged_bytes <= size);
    const auto written = signer::encode_journal(decoded->content);
    const auto again = signer::decode_journal(written);
    META138_ASSERT(again && again->torn_bytes == 0 && again->damaged_bytes == 0);
    META138_ASSERT(signer::encode_journal(again->content) == written);
    const auto before = decoded->content.restored();
    const auto after = again->content.restored();
    for (const auto& [account, content] : before) {
        if (content.transactions.empty() && content.settled_below == 0) continue;
        const auto& other = after.at(account);
        META138_ASSERT(other.settled_below == content.settled_below);
        META138_ASSERT(other.transactions.size() == content.transactions.size());
        for (std::size_t i = 0; i < content.transactions.size(); ++i)
            META138_ASSERT(other.transactions[i].hash == content.transactions[i].hash);
    }
    return 0;
}
