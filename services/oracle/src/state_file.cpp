// SPDX-License-Identifier: Apache-2.0
#include "state_file.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/codec/json/reader.hpp"
#include "meta138/codec/json/writer.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <stdexcept>

namespace meta138::oracle {
namespace {

constexpr std::uint64_t state_format = 1;

void write_transaction(json::Writer& out, const PendingTransaction& each) {
    const auto& call = each.transmission;
    out.open_object();
    out.key("nonce").number(each.nonce);
    out.key("feed").string(call.feed);
    out.key("aggregator").hex(call.aggregator.bytes);
    out.key("round").number(call.round);
    out.key("callData").hex(call.call_data);
    out.key("gasLimit").number(call.gas_limit);
    out.key("description").string(call.description);
    out.key("attempts").open_array();
    for (const auto& attempt : each.attempts) {
        out.open_object();
        out.key("hash").hex(attempt.hash.bytes);
        out.key("raw").hex(attempt.raw);
        out.key("maxFeePerGas").quantity(attempt.fees.max_fee_per_gas);
        out.key("maxPriorityFeePerGas").quantity(attempt.fees.max_priority_fee_per_gas);
        out.key("round").number(attempt.round);
        out.close_object();
    }
    out.close_array();
    out.close_object();
}

using Fault = std::unexpected<std::string>;

std::expected<std::string, std::string> text_of(json::Value object, std::string_view key) {
    const auto text = object.find(key).string();
    if (!text) return Fault{fmt::format("{} is no text", key)};
    return std::string{*text};
}

std::expected<std::uint64_t, std::string> number_of(json::Value object, std::string_view key) {
    const auto number = object.find(key).unsigned_integer();
    if (!number) return Fault{fmt::format("{} is no number", key)};
    return *number;
}

std::expected<Bytes, std::string> bytes_of(json::Value object, std::string_view key) {
    TRY_LET(const auto text, text_of(object, key));
    auto bytes = decode_hex(text);
    if (!bytes) return Fault{fmt::format("{} is not hexadecimal", key)};
    return *std::move(bytes);
}

template <class Fixed>
std::expected<Fixed, std::string> fixed_of(json::Value object, std::string_view key) {
    TRY_LET(const auto text, text_of(object, key));
    const auto value = decode_fixed_hex<Fixed>(text);
    if (!value) return Fault{fmt::format("{} has not {} bytes", key, Fixed::size())};
    return *value;
}

std::expected<uint256, std::string> quantity_of(json::Value object, std::string_view key) {
    TRY_LET(const auto text, text_of(object, key));
    const auto value = parse_quantity(text);
    if (!value) return Fault{fmt::format("{} is no quantity", key)};
    return *value;
}

std::expected<Attempt, std::string> read_attempt(json::Value object) {
    Attempt attempt;
    TRY_LET(attempt.hash, fixed_of<Hash32>(object, "hash"));
    TRY_LET(attempt.raw, bytes_of(object, "raw"));
    TRY_LET(attempt.fees.max_fee_per_gas, quantity_of(object, "maxFeePerGas"));
    TRY_LET(attempt.fees.max_priority_fee_per_gas, quantity_of(object, "maxPriorityFeePerGas"));
    TRY_LET(attempt.round, number_of(object, "round"));
    return attempt;
}

std::expected<PendingTransaction, std::string> read_transaction(json::Value object) {
    PendingTransaction result;
    auto& call = result.transmission;
    TRY_LET(result.nonce, number_of(object, "nonce"));
    TRY_LET(call.feed, text_of(object, "feed"));
    TRY_LET(call.aggregator, fixed_of<Address>(object, "aggregator"));
    TRY_LET(call.round, number_of(object, "round"));
    TRY_LET(call.call_data, bytes_of(object, "callData"));
    TRY_LET(call.gas_limit, number_of(object, "gasLimit"));
    TRY_LET(call.description, text_of(object, "description"));
    for (const auto each : object.find("attempts").elements()) {
        TRY_LET(auto attempt, read_attempt(each));
        result.attempts.push_back(std::move(attempt));
    }
    if (result.attempts.empty()) return Fault{"a transaction has no attempts"};
    return result;
}

[[noreturn]] void fail(std::string_view what, const std::filesystem::path& path) {
    throw std::runtime_error{fmt::format("{} {}: {}", what, path.string(),
                                         std::strerror(errno))};  // NOLINT(*-mt-unsafe)
}

class Descriptor {
public:
    explicit Descriptor(int file) noexcept : file_{file} {}
    ~Descriptor() {
        if (file_ >= 0) ::close(file_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int number() const noexcept { return file_; }

private:
    int file_;
};

}  // namespace

std::string encode_state(const SavedState& state) {
    std::string text;
    json::Writer out{text};
    out.open_object();
    out.key("format").number(state_format);
    out.key("chainId").number(state.chain_id);
    out.key("account").hex(state.account.bytes);
    out.key("transactions").open_array();
    for (const auto& each : state.transactions) write_transaction(out, each);
    out.close_array();
    out.close_object();
    text += '\n';
    return text;
}

std::expected<SavedState, std::string> decode_state(std::string_view text) {
    json::Parser parser{{.size = max_state_file_size, .depth = 8, .values = 100'000}};
    const auto document = parser.parse(text);
    if (!document) return Fault{std::string{json::to_string(document.error())}};
    TRY_LET(const auto format, number_of(*document, "format"));
    if (format != state_format) return Fault{fmt::format("format {} is not known", format)};
    SavedState state;
    TRY_LET(state.chain_id, number_of(*document, "chainId"));
    TRY_LET(state.account, fixed_of<Address>(*document, "account"));
    const auto transactions = document->find("transactions");
    if (!transactions.is_array()) return Fault{"transactions is no list"};
    for (const auto each : transactions.elements()) {
        TRY_LET(auto transaction, read_transaction(each));
        state.transactions.push_back(std::move(transaction));
    }
    return state;
}

StateFile::StateFile(const std::filesystem::path& folder) : path_{folder / "transactions.json"} {
    std::filesystem::create_directories(folder);
    const auto lock = folder / "lock";
    lock_ = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock_ < 0) fail("cannot open", lock);
    if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
        ::close(lock_);
        throw std::runtime_error{
            fmt::format("{} is in use by another publisher: give each its own publisher.data_dir "
                        "and its own account",
                        folder.string())};
    }
}

StateFile::~StateFile() {
    ::close(lock_);
}

std::vector<PendingTransaction> StateFile::load(std::uint64_t chain_id, const Address& account,
                                                std::string& warning) {
    std::ifstream in{path_, std::ios::binary};
    if (!in) return {};
    std::string text(max_state_file_size + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    auto state = decode_state(text);
    if (!state) {
        auto aside = path_;
        aside += ".damaged";
        std::filesystem::rename(path_, aside);
        warning = fmt::format("{} is damaged ({}), moved to {}", path_.string(), state.error(),
                              aside.string());
        return {};
    }
    if (state->transactions.empty()) return {};
    if (state->chain_id != chain_id || state->account != account) {
        warning = fmt::format(
            "{} is of account {} on chain {}: its {} transactions in flight are not followed",
            path_.string(), to_hex(state->account.bytes), state->chain_id,
            state->transactions.size());
        return {};
    }
    return std::move(state->transactions);
}

void StateFile::save(const SavedState& state) {
    const auto text = encode_state(state);
    auto fresh = path_;
    fresh += ".new";
    {
        const Descriptor file{
            ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
        if (file.number() < 0) fail("cannot write", fresh);
        for (std::size_t at = 0; at < text.size();) {
            const auto written = ::write(file.number(), text.data() + at, text.size() - at);
            if (written < 0) {
                if (errno == EINTR) continue;
                fail("cannot write", fresh);
            }
            at += static_cast<std::size_t>(written);
        }
        if (::fdatasync(file.number()) != 0) fail("cannot write", fresh);
    }
    if (::rename(fresh.c_str(), path_.c_str()) != 0) fail("cannot rename to", path_);
    const Descriptor folder{
        ::open(path_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (folder.number() < 0 || ::fsync(folder.number()) != 0)
        fail("cannot sync", path_.parent_path());
}

}  // namespace meta138::oracle
