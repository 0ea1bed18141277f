// SPDX-License-Identifier: Apache-2.0
#include "meta138/consensus/safety_file.hpp"

#include "meta138/crypto/keccak.hpp"
#include "meta138/storage/database.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <concepts>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace meta138::consensus {

namespace {

// docs/formats/consensus-state.md

constexpr std::string_view magic{"M138SAFE"};
constexpr std::uint32_t format_version = 1;
constexpr std::size_t checksum_size = 32;
constexpr std::size_t header_size = 8 + 4 + 8 + 8 + checksum_size;
constexpr std::size_t slot_header_size = 8 + 8 + checksum_size;
/// What disks write at once: no write of one part touches another's.
constexpr std::size_t sector = 4096;
constexpr std::size_t smallest_capacity = (std::size_t{64} << 10) - slot_header_size;
/// Larger than any block that the network takes.
constexpr std::size_t max_capacity = std::size_t{256} << 20;

template <std::unsigned_integral Number>
void put(Bytes& out, Number number) {
    for (auto shift = static_cast<int>(8 * sizeof(Number)) - 8; shift >= 0; shift -= 8)
        out.push_back(static_cast<std::uint8_t>(number >> shift));
}

template <std::unsigned_integral Number>
Number take(ByteView& in) {
    Number number = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i)
        number = static_cast<Number>((number << 8) | in[i]);
    in = in.subspan(sizeof(Number));
    return number;
}

std::size_t slot_size(std::size_t capacity) {
    return (slot_header_size + capacity + sector - 1) / sector * sector;
}

std::size_t slot_offset(std::size_t slot, std::size_t capacity) {
    return sector + slot * slot_size(capacity);
}

Bytes header_of(std::size_t capacity, std::chrono::milliseconds created_at) {
    Bytes header{magic.begin(), magic.end()};
    put(header, format_version);
    put(header, std::uint64_t{capacity});
    put(header, static_cast<std::uint64_t>(created_at.count()));
    const auto checksum = crypto::keccak256(header);
    header.insert(header.end(), checksum.begin(), checksum.end());
    return header;
}

Bytes slot_of(std::uint64_t sequence, ByteView record) {
    Bytes slot;
    slot.reserve(slot_header_size + record.size());
    put(slot, sequence);
    put(slot, std::uint64_t{record.size()});
    const auto checksum = crypto::Keccak256{}.update(slot).update(record).finish();
    slot.insert(slot.end(), checksum.begin(), checksum.end());
    slot.insert(slot.end(), record.begin(), record.end());
    return slot;
}

struct Slot {
    enum class State : std::uint8_t { blank, damaged, whole };
    State state = State::damaged;
    std::uint64_t sequence = 0;
    Bytes record{};
};

std::string last_error() {
    return std::generic_category().message(errno);
}

/// Reads what there is, at most `size`.
Bytes read_at(int file, std::size_t offset, std::size_t size) {
    Bytes data(size, 0);
    std::size_t done = 0;
    while (done < size) {
        const auto got =
            ::pread(file, data.data() + done, size - done, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        done += static_cast<std::size_t>(got);
    }
    data.resize(done);
    return data;
}

bool write_at(int file, std::size_t offset, ByteView data) {
    while (!data.empty()) {
        const auto put = ::pwrite(file, data.data(), data.size(), static_cast<off_t>(offset));
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        offset += static_cast<std::size_t>(put);
        data = data.subspan(static_cast<std::size_t>(put));
    }
    return true;
}

Slot read_slot(int file, std::size_t slot, std::size_t capacity) {
    const auto header = read_at(file, slot_offset(slot, capacity), slot_header_size);
    if (std::ranges::all_of(header, [](auto byte) { return byte == 0; }))
        return {.state = Slot::State::blank};
    if (header.size() != slot_header_size) return {};
    ByteView in{header};
    const auto sequence = take<std::uint64_t>(in);
    const auto length = take<std::uint64_t>(in);
    if (length > capacity) return {};
    auto record = read_at(file, slot_offset(slot, capacity) + slot_header_size, length);
    if (record.size() != length) return {};
    const auto checksum =
        crypto::Keccak256{}.update(ByteView{header}.subspan(0, 16)).update(record).finish();
    if (!std::ranges::equal(checksum, in)) return {};
    return {.state = Slot::State::whole, .sequence = sequence, .record = std::move(record)};
}

bool sync_folder(const std::filesystem::path& file) {
    const auto folder = file.has_parent_path() ? file.parent_path().string() : ".";
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return false;
    const bool done = ::fsync(descriptor) == 0;
    ::close(descriptor);
    return done;
}

constexpr std::string_view cure =
    "Restore the file from a backup of this very moment, or, if this validator has signed nothing "
    "for longer than its network takes for two blocks, move the file away: it then waits before it "
    "signs again";

}  // namespace

SafetyFile::SafetyFile(const std::filesystem::path& path, std::chrono::milliseconds now)
    : path_{path} {
    if (!std::filesystem::exists(path_)) {
        created_at_ = now;
        replace(smallest_capacity, {});
        return;
    }
    file_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
    if (file_ < 0)
        throw storage::OpenError{fmt::format("cannot open {}: {}", path_.string(), last_error())};
    try {
        lock();
        read();
    } catch (...) {
        ::close(file_);
        throw;
    }
}

SafetyFile::~SafetyFile() {
    if (file_ >= 0) ::close(file_);
}

void SafetyFile::lock() const {
    if (::flock(file_, LOCK_EX | LOCK_NB) == 0) return;
    throw storage::OpenError{
        fmt::format("{} is in use by another process: two validators with one key would sign "
                    "against each other. Stop the other one",
                    path_.string())};
}

void SafetyFile::read() {
    const auto damaged = [this](std::string_view what) {
        return storage::OpenError{
            fmt::format("{} is damaged ({}). {}", path_.string(), what, cure)};
    };
    const auto header = read_at(file_, 0, header_size);
    if (header.size() != header_size ||
        !std::ranges::equal(ByteView{header}.first(magic.size()), magic, {}, {},
                            [](char c) { return static_cast<std::uint8_t>(c); }))
        throw damaged("it does not begin as it should");
    auto in = ByteView{header}.subspan(magic.size());
    if (const auto version = take<std::uint32_t>(in); version != format_version)
        throw storage::OpenError{
            fmt::format("{} has format {}, and this program knows {}: start the program that "
                        "wrote it",
                        path_.string(), version, format_version)};
    const auto capacity = take<std::uint64_t>(in);
    created_at_ = std::chrono::milliseconds{take<std::uint64_t>(in)};
    const auto checksum =
        crypto::keccak256(ByteView{header}.subspan(0, header_size - checksum_size));
    if (capacity > max_capacity || !std::ranges::equal(checksum, in))
        throw damaged("its first bytes do not have their checksum");
    capacity_ = capacity;

    const std::array slots{read_slot(file_, 0, capacity_), read_slot(file_, 1, capacity_)};
    const Slot* newest = nullptr;
    for (const auto& slot : slots)
        if (slot.state == Slot::State::whole &&
            (newest == nullptr || slot.sequence > newest->sequence))
            newest = &slot;
    if (newest == nullptr) {
        // A crash can tear one slot, of the first write; never two.
        if (slots[0].state == Slot::State::damaged && slots[1].state == Slot::State::damaged)
            throw damaged("neither of its records has its checksum");
        if (slots[1].state == Slot::State::damaged) throw damaged("its first record is gone");
        return;
    }
    auto record = qbft::decode_safety_record(newest->record);
    if (!record) throw damaged("its record cannot be decoded");
    record_ = *std::move(record);
    sequence_ = newest->sequence;
}

void SafetyFile::write(const qbft::SafetyRecord& record) {
    const auto encoded = qbft::encode_safety_record(record);
    if (encoded.size() > capacity_) {
        if (encoded.size() > max_capacity)
            throw storage::IoError{fmt::format("{}: a record of {} bytes is too large",
                                               path_.string(), encoded.size())};
        replace(std::min(max_capacity, 2 * encoded.size()), encoded);
    } else {
        const auto next = sequence_ + 1;
        if (!write_at(file_, slot_offset(next % 2 == 0 ? 1 : 0, capacity_),
                      slot_of(next, encoded)) ||
            ::fdatasync(file_) != 0)
            throw_io_error();
        sequence_ = next;
    }
    record_ = record;
}

void SafetyFile::replace(std::size_t capacity, ByteView encoded) {
    auto other = path_;
    other += ".new";
    const int former =
        std::exchange(file_, ::open(other.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    const auto next = encoded.empty() ? 0 : sequence_ + 1;
    bool done = file_ >= 0;
    if (done) {
        lock();
        done = write_at(file_, 0, header_of(capacity, created_at_));
        // Both slots have their place on the disk before they are needed: a full disk is noticed
        // now, and a write later changes no size.
        done =
            done && ::posix_fallocate(file_, 0, static_cast<off_t>(slot_offset(2, capacity))) == 0;
        if (!encoded.empty())
            done = done && write_at(file_, slot_offset(next % 2 == 0 ? 1 : 0, capacity),
                                    slot_of(next, encoded));
        done = done && ::fsync(file_) == 0;
        std::error_code error;
        if (done) std::filesystem::rename(other, path_, error);
        done = done && !error && sync_folder(path_);
    }
    if (!done) {
        const auto reason = errno;
        if (file_ >= 0) ::close(file_);
        file_ = former;
        errno = reason;
        throw_io_error();
    }
    if (former >= 0) ::close(former);
    capacity_ = capacity;
    sequence_ = next;
}

void SafetyFile::throw_io_error() const {
    throw storage::IoError{fmt::format(
        "cannot write {}: {}. A validator that cannot remember what it signs must not sign: free "
        "space on the disk, or mend it, and start again",
        path_.string(), last_error())};
}

}  // namespace meta138::consensus
