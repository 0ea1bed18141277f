// SPDX-License-Identifier: Apache-2.0
#include "meta138/state/map_state.hpp"
#include "meta138/state/state.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <utility>

namespace meta138::state {
namespace {

using SlotId = std::pair<Address, std::uint64_t>;

/// What State promises, in the plainest form: a checkpoint is a copy of everything.
struct Model {
    struct Contents {
        std::uint64_t nonce = 0;
        uint256 balance;
        Bytes code;
        std::map<std::uint64_t, uint256> storage;
    };

    Contents& made(const Address& address) {
        if (!accounts.contains(address)) touched.insert(address);
        return accounts[address];
    }
    [[nodiscard]] Contents read(const Address& address) const {
        const auto found = accounts.find(address);
        return found == accounts.end() ? Contents{} : found->second;
    }
    void finish(bool delete_empty) {
        for (const auto& address : scheduled) accounts.erase(address);
        if (delete_empty) {
            for (const auto& address : touched) {
                const auto account = read(address);
                if (account.nonce == 0 && account.balance.is_zero() && account.code.empty())
                    accounts.erase(address);
            }
        }
        *this = Model{.accounts = std::move(accounts)};
    }

    std::map<Address, Contents> accounts;
    std::set<Address> warm{};
    std::map<SlotId, uint256> originals{};  // of warm slots
    std::map<SlotId, uint256> transient{};
    std::set<Address> touched{};
    std::set<Address> created{};
    std::set<Address> scheduled{};
    std::vector<Log> logs{};
};

class JournalPlay {
public:
    explicit JournalPlay(std::uint64_t seed) : random_{seed} {
        for (std::uint8_t i = 1; i <= 6; ++i) {
            Address address;
            address[19] = static_cast<std::uint8_t>(i + 10);  // not RIPEMD-160, which is special
            addresses_.push_back(address);
            if (i % 2 == 0) continue;
            view_.set_account(address, i, i * 10, i == 3 ? Bytes{} : Bytes{i});
            for (std::uint64_t key = 0; key < 3; ++key) view_.set_storage(address, key, key + i);
            model_.accounts[address] = {
                i, i * 10, i == 3 ? Bytes{} : Bytes{i}, {{0, i}, {1, 1 + i}, {2, 2 + i}}};
        }
        view_.set_account(addresses_[5], 0, 0);
        model_.accounts[addresses_[5]];
    }

    void play_block(int transactions) {
        for (int i = 0; i < transactions; ++i) {
            play_transaction();
            if (testing::Test::HasFailure()) return;
        }
        const auto diff = state_.diff();
        const auto predicted_root = view_.root_after(diff);
        view_.apply(diff);
        EXPECT_EQ(view_.root(), predicted_root);
        state_.reset();
        expect_view_as_model();
    }

private:
    std::uint64_t pick(std::uint64_t below) { return random_() % below; }
    const Address& any_address() { return addresses_[pick(addresses_.size())]; }

    void play_transaction() {
        state_.begin_transaction();
        std::vector<std::pair<Checkpoint, Model>> checkpoints;
        for (int i = 0; i < 60; ++i) {
            const auto what = pick(20);
            if (what == 0) {
                checkpoints.emplace_back(state_.checkpoint(), model_);
            } else if (what == 1 && !checkpoints.empty()) {
                checkpoints.resize(pick(checkpoints.size()) + 1, checkpoints[0]);
                state_.revert_to(checkpoints.back().first);
                model_ = checkpoints.back().second;
            } else {
                change(what);
            }
            expect_state_as_model();
            if (testing::Test::HasFailure()) return;
        }
        const bool delete_empty = pick(2) == 0;
        const auto logs = model_.logs;
        model_.finish(delete_empty);
        EXPECT_EQ(state_.finish_transaction(delete_empty), logs);
        expect_state_as_model();
    }

    void change(std::uint64_t what) {
        const auto& address = any_address();
        const auto key = pick(4);
        const uint256 value = pick(3);
        switch (what % 12) {
            case 0:
                state_.set_balance(address, value);
                model_.made(address).balance = value;
                model_.touched.insert(address);
                break;
            case 1:
                state_.add_balance(address, value);
                model_.made(address).balance += value;
                model_.touched.insert(address);
                break;
            case 2:
                state_.set_nonce(address, value.low64());
                model_.made(address).nonce = value.low64();
                model_.touched.insert(address);
                break;
            case 3: {
                Bytes code(pick(3), std::uint8_t{0x5b});
                state_.set_code(address, make_bytecode(code));
                model_.made(address).code = code;
                model_.touched.insert(address);
                break;
            }
            case 4:
            case 5: access_and_set(address, key, value); break;
            case 6:
                state_.touch(address);
                if (model_.accounts.contains(address)) model_.touched.insert(address);
                break;
            case 7:
                EXPECT_EQ(state_.warm_account(address), model_.warm.insert(address).second);
                break;
            case 8:
                state_.set_transient_storage(address, key, value);
                model_.transient[{address, key}] = value;
                break;
            case 9:
                if (model_.created.contains(address)) break;
                state_.mark_created(address);
                model_.made(address);
                model_.touched.insert(address);
                model_.created.insert(address);
                break;
            case 10:
                EXPECT_EQ(state_.schedule_deletion(address),
                          model_.scheduled.insert(address).second);
                break;
            case 11:
                model_.logs.push_back({.address = address, .topics = {}, .data = {}});
                state_.add_log(model_.logs.back());
                break;
            default: break;
        }
    }

    void access_and_set(const Address& address, std::uint64_t key, const uint256& value) {
        const auto current = model_.read(address).storage[key];
        const bool was_cold = model_.originals.emplace(SlotId{address, key}, current).second;
        const auto access = state_.access_storage(address, key);
        EXPECT_EQ(access.current, current);
        EXPECT_EQ(access.was_cold, was_cold);
        EXPECT_EQ(access.original, (model_.originals[{address, key}]));
        if (!model_.accounts.contains(address)) return;  // only code writes to storage
        state_.set_storage(address, key, value);
        model_.accounts[address].storage[key] = value;
    }

    void expect_state_as_model() {
        for (const auto& address : addresses_) {
            const auto expected = model_.read(address);
            ASSERT_EQ(state_.exists(address), model_.accounts.contains(address));
            ASSERT_EQ(state_.nonce(address), expected.nonce);
            ASSERT_EQ(state_.balance(address), expected.balance);
            ASSERT_TRUE(equal(state_.code(address), expected.code));
            ASSERT_EQ(state_.was_created(address), model_.created.contains(address));
            for (std::uint64_t key = 0; key < 4; ++key) {
                const auto slot = expected.storage.find(key);
                ASSERT_EQ(state_.storage(address, key),
                          slot == expected.storage.end() ? uint256{} : slot->second);
                const auto transient = model_.transient.find({address, key});
                ASSERT_EQ(state_.transient_storage(address, key),
                          transient == model_.transient.end() ? uint256{} : transient->second);
            }
        }
        ASSERT_EQ(state_.logs(), model_.logs);
    }

    void expect_view_as_model() {
        MapState expected;
        for (const auto& [address, contents] : model_.accounts) {
            expected.set_account(address, contents.nonce, contents.balance, contents.code);
            for (const auto& [key, value] : contents.storage)
                expected.set_storage(address, key, value);
        }
        EXPECT_EQ(view_.accounts().size(), model_.accounts.size());
        EXPECT_EQ(view_.root(), expected.root());
    }

    std::mt19937_64 random_;
    std::vector<Address> addresses_;
    MapState view_;
    State state_{view_};
    Model model_;
};

TEST(StateJournal, behaves_as_a_model_that_copies_everything) {
    for (std::uint64_t seed = 1; seed <= 200 && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE(testing::Message() << "seed " << seed);
        JournalPlay play{seed};
        for (int block = 0; block < 3; ++block) play.play_block(3);
    }
}

}  // namespace
}  // namespace meta138::state
