// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/fork_id.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace meta138 {
namespace {

// CRC-32 of IEEE 802.3, reflected, as EIP-2124 asks for.
constexpr std::array<std::uint32_t, 256> crc_table = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        auto remainder = byte;
        for (int bit = 0; bit < 8; ++bit)
            remainder = (remainder & 1) != 0 ? remainder >> 1 ^ 0xedb88320 : remainder >> 1;
        table[byte] = remainder;
    }
    return table;
}();

// Mainnet's genesis was then: no fork by block number is ever as high.
constexpr std::uint64_t first_timestamp = 1438269973;

class Crc32 {
public:
    void update(ByteView bytes) noexcept {
        for (const auto byte : bytes) state_ = crc_table[(state_ ^ byte) & 0xff] ^ state_ >> 8;
    }
    void update(std::uint64_t value) noexcept {
        std::array<std::uint8_t, 8> bytes;
        for (std::size_t i = 0; i < 8; ++i)
            bytes[i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
        update(bytes);
    }
    [[nodiscard]] FixedBytes<4> value() const noexcept {
        const auto sum = ~state_;
        FixedBytes<4> result;
        for (std::size_t i = 0; i < 4; ++i)
            result[i] = static_cast<std::uint8_t>(sum >> (24 - 8 * i));
        return result;
    }

private:
    std::uint32_t state_ = 0xffffffff;
};

// Ascending, each once, none that held at the genesis block already.
std::vector<std::uint64_t> fork_points(std::vector<std::uint64_t> points, std::uint64_t genesis) {
    std::ranges::sort(points);
    const auto repeated = std::ranges::unique(points);
    points.erase(repeated.begin(), repeated.end());
    std::erase_if(points, [&](std::uint64_t point) { return point <= genesis; });
    return points;
}

}  // namespace

ForkId read_fork_id(rlp::Reader& in) {
    auto fields = in.list();
    return {.hash = fields.fixed<FixedBytes<4>>(), .next = fields.integer<std::uint64_t>()};
}

void write_fork_id(rlp::Writer& out, const ForkId& fork_id) {
    out.list([&] { out.fixed(fork_id.hash).integer(fork_id.next); });
}

ForkFilter::ForkFilter(const Hash32& genesis_hash, std::uint64_t genesis_time,
                       const ForkSchedule& schedule) {
    std::vector<std::uint64_t> blocks;
    std::vector<std::uint64_t> times{schedule.bpo_times};
    for (const auto& row : forks()) {
        if (const auto at = schedule.activation(row.fork))
            (row.by_time ? times : blocks).push_back(*at);
    }
    for (const auto& block : {schedule.dao_fork_block, schedule.muir_glacier_block,
                              schedule.arrow_glacier_block, schedule.gray_glacier_block}) {
        if (block) blocks.push_back(*block);
    }
    forks_ = fork_points(std::move(blocks), 0);
    block_forks_ = forks_.size();
    const auto time_points = fork_points(std::move(times), genesis_time);
    forks_.insert(forks_.end(), time_points.begin(), time_points.end());

    Crc32 crc;
    crc.update(genesis_hash.bytes);
    hashes_.push_back(crc.value());
    for (const auto fork : forks_) {
        crc.update(fork);
        hashes_.push_back(crc.value());
    }
}

std::size_t ForkFilter::passed_forks(std::uint64_t number, std::uint64_t timestamp) const noexcept {
    std::size_t passed = 0;
    while (passed < forks_.size() && forks_[passed] <= (passed < block_forks_ ? number : timestamp))
        ++passed;
    return passed;
}

ForkId ForkFilter::fork_id(std::uint64_t number, std::uint64_t timestamp) const noexcept {
    const auto passed = passed_forks(number, timestamp);
    return {hashes_[passed], passed < forks_.size() ? forks_[passed] : 0};
}

ForkIdVerdict ForkFilter::validate(const ForkId& remote, std::uint64_t number,
                                   std::uint64_t timestamp) const noexcept {
    const auto passed = passed_forks(number, timestamp);
    // 1. The same forks have passed: the remote's next one must not have passed here.
    if (remote.hash == hashes_[passed]) {
        // Whether that is a block number or a timestamp, it does not say.
        const auto head = passed < block_forks_ ? number : timestamp;
        const bool has_passed =
            head >= remote.next || (remote.next > first_timestamp && timestamp >= remote.next);
        return remote.next != 0 && has_passed ? ForkIdVerdict::local_incompatible
                                              : ForkIdVerdict::accept;
    }
    const auto known = std::ranges::find(hashes_, remote.hash);
    if (known == hashes_.end()) return ForkIdVerdict::local_incompatible;
    const auto remote_passed = static_cast<std::size_t>(known - hashes_.begin());
    // 2. The remote is behind: it must know the fork that comes next for it.
    if (remote_passed < passed) {
        return remote.next == forks_[remote_passed] ? ForkIdVerdict::accept
                                                    : ForkIdVerdict::remote_stale;
    }
    // 3. The remote is ahead on a schedule that is known here.
    return ForkIdVerdict::accept;
}

}  // namespace meta138
