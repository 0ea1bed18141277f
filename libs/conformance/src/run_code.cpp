// SPDX-License-Identifier: Apache-2.0
#include "json.hpp"
#include "network.hpp"
#include "state_fixture.hpp"
#include "workspace.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/conformance/run.hpp"
#include "meta138/evm/evm.hpp"
#include "meta138/evm/opcodes.hpp"
#include "meta138/execution/state_host.hpp"
#include "meta138/tracing/eip3155.hpp"
#include "meta138/types/fork_schedule.hpp"
#include "meta138/types/genesis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>

namespace meta138::conformance {

namespace {

using Clock = std::chrono::steady_clock;

// "sender" and "receiver" in ASCII, as go-ethereum's tool has them.
constexpr Address default_sender =
    literals::operator""_address("0x000000000000000000000000000073656e646572", 42);
constexpr Address default_receiver =
    literals::operator""_address("0x0000000000000000000000007265636569766572", 42);

// Everything the run needs, out of the options.
struct Setup {
    state::MapState pre;
    Bytes code;
    Bytes input;
    Fork fork = Fork::osaka;
    evm::BlockContext block;
    evm::Message message;
    uint256 gas_price;
};

std::string read_file(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

std::string_view trim(std::string_view text) {
    const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::expected<Bytes, std::string> decode_code(std::string_view text) {
    text = trim(text);
    if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
    auto bytes = decode_hex_digits(text);
    if (!bytes) return std::unexpected{std::string{to_string(bytes.error())}};
    return *std::move(bytes);
}

// Hex in the option, or a file with hex or raw bytes.
std::expected<Bytes, std::string> decode_bytes(std::string_view name, const std::string& text,
                                               const std::filesystem::path& file) {
    if (file.empty()) {
        auto bytes = decode_code(text);
        if (!bytes) return std::unexpected{fmt::format("{}: {}", name, bytes.error())};
        return bytes;
    }
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error))
        return std::unexpected{fmt::format("{}: no such file", file.string())};
    const auto content = read_file(file);
    auto bytes = decode_code(content);
    if (!bytes) return to_bytes(as_bytes(content));
    return bytes;
}

std::expected<Address, std::string> decode_address(std::string_view name, std::string_view text,
                                                   const Address& otherwise) {
    if (text.empty()) return otherwise;
    const auto address = decode_fixed_hex<Address>(text);
    if (!address)
        return std::unexpected{fmt::format("{} {}: {}", name, text, to_string(address.error()))};
    return *address;
}

std::expected<uint256, std::string> decode_number(std::string_view name, std::string_view text) {
    const auto number = parse_uint256(text);
    if (!number)
        return std::unexpected{fmt::format("{} {}: {}", name, text, to_string(number.error()))};
    return *number;
}

std::expected<void, std::string> apply_genesis(const std::filesystem::path& file, Setup& setup) {
    const auto genesis = parse_genesis(read_file(file));
    if (!genesis)
        return std::unexpected{fmt::format("{}: {}", file.string(), to_string(genesis.error()))};
    for (const auto& [address, account] : genesis->alloc) {
        setup.pre.set_account(address, account.nonce, account.balance, account.code);
        for (const auto& [key, value] : account.storage) setup.pre.set_storage(address, key, value);
    }
    setup.fork = genesis->schedule.fork_at(0, genesis->timestamp);
    setup.block.chain_id = genesis->schedule.chain_id;
    setup.block.coinbase = genesis->coinbase;
    setup.block.timestamp = genesis->timestamp;
    setup.block.gas_limit = genesis->gas_limit;
    setup.block.prev_randao =
        setup.fork >= Fork::paris ? to_uint256(genesis->mix_hash) : genesis->difficulty;
    setup.block.base_fee_per_gas = genesis->base_fee_per_gas.value_or(uint256{});
    return {};
}

std::expected<void, std::string> apply_prestate(const std::filesystem::path& file, Setup& setup) {
    constexpr std::size_t max_bytes = std::size_t{256} << 20U;
    JsonDocument document;
    const auto loaded = document.load(file, max_bytes);
    if (!loaded)
        return std::unexpected{fmt::format("{}: {}", file.string(), loaded.error().to_string())};
    const auto root = document.root();
    decode_accounts(root.has("alloc") ? root["alloc"] : root, setup.pre);
    if (const auto fault = document.take_fault())
        return std::unexpected{fmt::format("{}: {}", file.string(), fault->to_string())};
    return {};
}

std::expected<Setup, std::string> prepare(const RunCodeOptions& options) {
    Setup setup;
    setup.block.chain_id = 1;
    setup.block.gas_limit = options.gas;
    setup.block.blob_base_fee = 1;
    if (!options.genesis.empty()) TRY(apply_genesis(options.genesis, setup));
    if (!options.prestate.empty()) TRY(apply_prestate(options.prestate, setup));
    if (!options.fork.empty()) {
        const auto fork = find_fork(options.fork);
        if (!fork)
            return std::unexpected{
                fmt::format("--fork {}: unknown; {}", options.fork, known_forks_text())};
        setup.fork = *fork;
    }
    TRY_LET(setup.code, decode_bytes("code", options.code, options.code_file));
    TRY_LET(setup.input, decode_bytes("--input", options.input, options.input_file));
    TRY_LET(setup.gas_price, decode_number("--price", options.price));

    auto& message = setup.message;
    TRY_LET(message.sender, decode_address("--sender", options.sender, default_sender));
    TRY_LET(message.recipient, decode_address("--receiver", options.receiver, default_receiver));
    TRY_LET(message.value, decode_number("--value", options.value));
    message.code_address = message.recipient;
    message.kind = options.create ? evm::CallKind::create : evm::CallKind::call;
    constexpr std::uint64_t max_gas = std::numeric_limits<std::int64_t>::max();
    message.gas = static_cast<std::int64_t>(std::min(options.gas, max_gas));

    // The sender can pay, and the receiver has the code; what the prestate says otherwise stays.
    const auto sender = setup.pre.account(message.sender).value_or(Account{});
    if (sender.balance < message.value)
        setup.pre.set_account(
            message.sender, sender.nonce, message.value,
            setup.pre.account(message.sender) ? setup.pre.code(sender.code_hash)->bytes : Bytes{});
    if (!options.create && !setup.code.empty()) {
        const auto receiver = setup.pre.account(message.recipient).value_or(Account{});
        setup.pre.set_account(message.recipient, receiver.nonce, receiver.balance, setup.code);
    }
    if (options.create) message.recipient = evm::create_address(message.sender, sender.nonce);
    return setup;
}

void print_state(const state::MapState& state, std::ostream& out) {
    std::vector<Address> addresses;
    for (const auto& [address, entry] : state.accounts()) addresses.push_back(address);
    std::ranges::sort(addresses);
    for (const auto& address : addresses) {
        const auto& [account, storage] = state.accounts().at(address);
        out << fmt::format("{}  nonce {}  balance {}  code hash {}\n", to_hex(address.bytes),
                           account.nonce, to_string(account.balance),
                           to_hex(account.code_hash.bytes));
        std::vector<std::pair<uint256, uint256>> slots{storage.begin(), storage.end()};
        std::ranges::sort(slots, {}, [](const auto& slot) { return slot.first; });
        for (const auto& [key, value] : slots)
            out << fmt::format("    {}: {}\n", to_quantity(key), to_quantity(value));
    }
}

class CodeRun {
public:
    CodeRun(const RunCodeOptions& options, Setup setup, std::ostream& out)
        : options_{options}, setup_{std::move(setup)}, out_{out} {
        setup_.message.input = options.create ? ByteView{setup_.code} : ByteView{setup_.input};
    }

    evm::Result run() {
        std::optional<tracing::Eip3155Tracer> tracer;
        if (options_.json)
            tracer.emplace(
                setup_.fork, [this](std::string_view line) { out_ << line; },
                tracing::Eip3155Options{.stack = options_.details.stack,
                                        .memory = options_.details.memory,
                                        .return_data = options_.details.return_data});
        execution::StateHost host{workspace_.state, hashes_, setup_.fork};
        evm::Evm evm{host,         workspace_.code_cache, setup_.fork,
                     setup_.block, evm::Limits{},         tracer ? &*tracer : nullptr};
        return execute(host, evm);
    }

    void bench() {
        execution::StateHost host{workspace_.state, hashes_, setup_.fork};
        evm::Evm evm{host, workspace_.code_cache, setup_.fork, setup_.block};
        std::size_t repeats = 0;
        double total = 0;
        double best = 0;
        std::int64_t gas = 0;
        while (repeats == 0 || total < options_.bench_seconds) {
            const auto result = execute(host, evm);
            gas = setup_.message.gas - result.gas_left;
            total += seconds_;
            best = repeats == 0 ? seconds_ : std::min(best, seconds_);
            ++repeats;
        }
        out_ << fmt::format("{} runs, best {:.3f} ms, average {:.3f} ms, {:.1f} Mgas/s\n", repeats,
                            best * 1e3, total / static_cast<double>(repeats) * 1e3,
                            static_cast<double>(gas) / best / 1e6);
    }

    void dump() {
        setup_.pre.apply(workspace_.state.diff());
        print_state(setup_.pre, out_);
    }

private:
    evm::Result execute(execution::StateHost& host, evm::Evm& evm) {
        auto& state = workspace_.state;
        state.reset(setup_.pre);
        state.begin_transaction();
        // What a transaction warms up before its frame (EIP-2929, EIP-3651).
        for (const auto& address :
             {setup_.message.sender, setup_.message.recipient, setup_.block.coinbase})
            static_cast<void>(host.access_account(address));
        if (options_.create) host.increment_nonce(setup_.message.sender);
        const auto start = Clock::now();
        auto result = evm.execute(setup_.message, {.origin = setup_.message.sender,
                                                   .gas_price = setup_.gas_price,
                                                   .blob_versioned_hashes = {}});
        seconds_ = std::chrono::duration<double>(Clock::now() - start).count();
        static_cast<void>(state.finish_transaction(setup_.fork >= Fork::spurious_dragon));
        return result;
    }

    const RunCodeOptions& options_;
    Setup setup_;
    std::ostream& out_;
    Workspace workspace_;
    FixtureBlockHashes hashes_;
    double seconds_ = 0;
};

}  // namespace

int run_code(const RunCodeOptions& options, std::ostream& out, std::ostream& errors) {
    auto setup = prepare(options);
    if (!setup) {
        errors << setup.error() << '\n';
        return 2;
    }
    const auto gas = setup->message.gas;
    CodeRun run{options, *std::move(setup), out};
    const auto result = run.run();
    if (!options.json) {
        out << fmt::format("output:   {}\ngas used: {}\n", to_hex(result.output),
                           gas - result.gas_left);
        if (result.status != evm::Status::success)
            out << fmt::format("failed:   {}\n", to_string(result.status));
    }
    if (options.dump) run.dump();
    if (options.bench) run.bench();
    return result.status == evm::Status::success ? 0 : 1;
}

int disassemble(std::string_view code, std::string_view fork_name, std::ostream& out,
                std::ostream& errors) {
    const auto fork = fork_name.empty() ? std::optional{Fork::osaka} : find_fork(fork_name);
    const auto bytes = decode_code(code);
    if (!fork || !bytes) {
        errors << (fork ? bytes.error() : fmt::format("--fork {}: unknown", fork_name)) << '\n';
        return 2;
    }
    for (std::size_t at = 0; at < bytes->size();) {
        const auto opcode = (*bytes)[at];
        const auto size = evm::immediate_size(opcode);
        const auto present = std::min(size, bytes->size() - at - 1);
        const auto name = evm::info_of(opcode).name;
        const auto immediate = ByteView{*bytes}.subspan(at + 1, present);
        out << fmt::format(
            "{:05x}: {}{}{}{}\n", at,
            name.empty() ? fmt::format("0x{:02x}", opcode) : std::string{name},
            size > 0 ? " " + to_hex(immediate) : "",
            present < size ? fmt::format("  # {} bytes are missing", size - present) : "",
            evm::is_defined(opcode, *fork) || opcode == evm::OP_INVALID
                ? ""
                : fmt::format("  # not defined in {}", row_of(*fork).name));
        at += 1 + size;
    }
    return 0;
}

}  // namespace meta138::conformance
