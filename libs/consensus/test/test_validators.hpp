// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/hex.hpp"
#include "meta138/consensus/qbft_consensus.hpp"
#include "meta138/consensus/validator.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/storage/database.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace meta138::consensus::test {

using std::chrono::milliseconds;

inline constexpr std::uint64_t genesis_time = 1'700'000'000;
inline constexpr milliseconds start_time{genesis_time * 1000};

inline std::vector<crypto::SecretKey> make_keys(std::size_t count) {
    std::vector<crypto::SecretKey> keys;
    for (std::size_t i = 0; i < count; ++i)
        keys.push_back(
            crypto::SecretKey::from(crypto::keccak256(to_hash32(uint256{i + 1}).bytes).bytes)
                .value());
    std::ranges::sort(keys, {},
                      [](const auto& key) { return crypto::address_of(crypto::public_key(key)); });
    return keys;
}

inline Genesis make_genesis(const std::vector<crypto::SecretKey>& keys, const std::string& qbft) {
    qbft::ExtraData extra;
    extra.vanity = Bytes(32, 0);
    for (const auto& key : keys)
        extra.validators.push_back(crypto::address_of(crypto::public_key(key)));
    return parse_genesis(
               fmt::format(
                   R"({{"config":{{"chainId":138,"berlinBlock":0,"londonBlock":0,"zeroBaseFee":true,"shanghaiTime":0,"cancunTime":0,"qbft":{{{}}}}},)"
                   R"("difficulty":"0x1","gasLimit":"0x1c9c380","baseFeePerGas":"0x0","timestamp":"0x{:x}","extraData":"{}",)"
                   R"("mixHash":"0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365","alloc":{{}}}})",
                   qbft, genesis_time, to_hex(qbft::encode_extra_data(extra))))
        .value();
}

/// A disk in memory.
class MemoryStore final : public SafetyStore {
public:
    explicit MemoryStore(milliseconds created_at) : created_at_{created_at} {}
    [[nodiscard]] std::optional<qbft::SafetyRecord> record() const override { return record_; }
    [[nodiscard]] milliseconds created_at() const override { return created_at_; }
    void write(const qbft::SafetyRecord& record) override {
        if (fails) throw storage::IoError{"the disk is full"};
        record_ = record;
        ++writes;
    }
    bool fails = false;
    int writes = 0;

private:
    milliseconds created_at_;
    std::optional<qbft::SafetyRecord> record_;
};

class NoTransactions final : public blockchain::TransactionSource {
public:
    std::optional<Candidate> next() override { return std::nullopt; }
    void report(blockchain::Selection, std::optional<TransactionError>) override {}
};

/// A machine with one validator, whose clock the test moves.
struct Machine final : ValidatorHost {
    Machine(const Genesis& genesis, const crypto::SecretKey& own_key, milliseconds store_made)
        : key{own_key},
          address{crypto::address_of(crypto::public_key(own_key))},
          config{qbft::parse_config(genesis).value().value()},
          rules{make_qbft_consensus(genesis, config).value()},
          chain{*database, genesis, *rules},
          store{store_made} {
        start();
    }

    void start() {
        ValidatorSettings settings;
        settings.local = address;
        settings.sign = [this](const Hash32& hash) { return crypto::sign(hash, key); };
        validator.emplace(std::move(settings), config, chain, rules->validator_sets(), store,
                          *this);
    }

    [[nodiscard]] std::uint64_t head() const { return chain.view()->head().header.number; }
    [[nodiscard]] Header head_header() const { return chain.view()->head().header; }
    [[nodiscard]] std::size_t count(ValidatorNotice::Kind kind) const {
        return static_cast<std::size_t>(std::ranges::count(notices, kind, &ValidatorNotice::kind));
    }

    qbft::Instant now() override { return {.wall = time + skew, .steady = time - start_time}; }
    std::chrono::microseconds stopwatch() override { return time - start_time; }
    void send(const qbft::Send& message) override { sent.push_back(message); }
    std::unique_ptr<blockchain::TransactionSource> candidates() override {
        ++builds;
        return std::make_unique<NoTransactions>();
    }
    BuildOptions build_options() override { return options; }
    void behind(std::uint64_t number) override { behind_of = number; }
    void announce(std::shared_ptr<const blockchain::ExecutedBlock> block) override {
        announced.push_back(std::move(block));
    }
    void observed(const qbft::Observation& observation) override {
        observations.push_back(observation);
    }
    void noticed(const ValidatorNotice& notice) override { notices.push_back(notice); }

    const crypto::SecretKey& key;
    Address address;
    milliseconds time = start_time;
    milliseconds skew{};
    BuildOptions options;
    std::deque<qbft::Send> sent;
    std::vector<qbft::Observation> observations;
    std::vector<ValidatorNotice> notices;
    std::vector<std::shared_ptr<const blockchain::ExecutedBlock>> announced;
    std::optional<std::uint64_t> behind_of;
    int builds = 0;

    qbft::Config config;
    std::unique_ptr<storage::Database> database = storage::Database::open({.in_memory = true});
    std::unique_ptr<QbftConsensus> rules;
    blockchain::Chain chain;
    MemoryStore store;
    std::optional<Validator> validator;
};

/// Machines whose messages arrive at once, all of them.
struct Machines {
    explicit Machines(std::size_t count, const std::string& qbft = R"("blockperiodseconds":2)",
                      milliseconds store_made = start_time - milliseconds{1000})
        : keys{make_keys(count)}, genesis{make_genesis(keys, qbft)} {
        for (const auto& key : keys)
            all.push_back(std::make_unique<Machine>(genesis, key, store_made));
    }

    void resume() {
        for (auto& machine : all) machine->validator->resume();
        deliver();
    }

    void deliver() {
        for (bool is_quiet = false; !is_quiet;) {
            is_quiet = true;
            for (auto& from : all)
                while (!from->sent.empty()) {
                    is_quiet = false;
                    const auto message = from->sent.front();
                    from->sent.pop_front();
                    for (auto& to : all)
                        if (to != from && !(loses && loses(*to, message)) &&
                            std::ranges::find(message.to, to->address) != message.to.end())
                            to->validator->on_message(message.code, *message.payload,
                                                      from->address);
                }
        }
    }

    /// Lets that much time pass, with all that becomes due in it.
    void pass(milliseconds span) {
        const auto end = all.front()->time + span;
        while (all.front()->time < end) {
            auto step = end - all.front()->time;
            for (const auto& machine : all)
                if (const auto due = machine->validator->due_in())
                    step = std::min(step, std::max(milliseconds{1}, *due));
            for (auto& machine : all) machine->time += step;
            for (auto& machine : all) machine->validator->on_time();
            deliver();
        }
    }

    Machine& operator[](std::size_t index) { return *all[index]; }

    std::vector<crypto::SecretKey> keys;
    Genesis genesis;
    std::vector<std::unique_ptr<Machine>> all;
    std::function<bool(const Machine& to, const qbft::Send& message)> loses;
};

}  // namespace meta138::consensus::test
