// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/oracle/submitter.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::oracle {

/// What a publisher must not forget: docs/formats/oracle-state.md.
struct SavedState {
    std::uint64_t chain_id = 0;
    Address account = {};
    std::vector<PendingTransaction> transactions = {};

    friend bool operator==(const SavedState&, const SavedState&) = default;
};

inline constexpr std::size_t max_state_file_size = std::size_t{1} << 20;

[[nodiscard]] std::string encode_state(const SavedState& state);
/// The error says what is wrong with the text.
[[nodiscard]] std::expected<SavedState, std::string> decode_state(std::string_view text);

/// The data folder of one publisher: its state file, and a lock so that no second process sends for
/// the same account. One thread.
class StateFile {
public:
    /// Makes the folder and takes its lock. @throws std::runtime_error if it is another process's,
    /// or cannot be written
    explicit StateFile(const std::filesystem::path& folder);
    ~StateFile();
    StateFile(const StateFile&) = delete;
    StateFile& operator=(const StateFile&) = delete;

    /// What was saved for this account on this chain; nothing if there was nothing, or if it was of
    /// another one. A damaged file is moved aside, and `warning` says so: what it knew is found
    /// again on the chain, at worst with one replacement more.
    [[nodiscard]] std::vector<PendingTransaction> load(std::uint64_t chain_id,
                                                       const Address& account,
                                                       std::string& warning);
    /// Whole on disk when it returns. @throws std::runtime_error
    void save(const SavedState& state);

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
    int lock_ = -1;
};

}  // namespace meta138::oracle
