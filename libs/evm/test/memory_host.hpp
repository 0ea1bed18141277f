// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/crypto/keccak.hpp"
#include "meta138/evm/host.hpp"
#include "meta138/types/account.hpp"

#include <map>
#include <set>
#include <utility>
#include <vector>

namespace meta138::evm::test {

/// A world in maps. A checkpoint is a copy of everything: slow, and too simple to be wrong.
class MemoryHost final : public Host {
public:
    struct Contract {
        std::uint64_t nonce = 0;
        uint256 balance;
        Bytes code;
        std::map<uint256, uint256> storage;

        friend bool operator==(const Contract&, const Contract&) = default;
    };

    struct World {
        std::map<Address, Contract> accounts;
        std::map<std::pair<Address, uint256>, uint256> transient;
        std::set<Address> warm_accounts;
        std::set<std::pair<Address, uint256>> warm_slots;
        std::set<Address> destructed;
        std::vector<Log> logs;

        friend bool operator==(const World&, const World&) = default;
    };

    World world;
    std::map<Address, Contract> original;  ///< At the start of the transaction.

    bool access_account(const Address& address) override {
        return world.warm_accounts.insert(address).second;
    }
    SlotAccess access_storage(const Address& address, const uint256& key) override {
        const auto before = original.find(address);
        return {
            .current = find_storage(look_at(address), key),
            .original = before == original.end() ? uint256{} : find_storage(before->second, key),
            .was_cold = world.warm_slots.insert({address, key}).second};
    }
    void set_storage(const Address& address, const uint256& key, const uint256& value) override {
        world.accounts[address].storage[key] = value;
    }
    uint256 transient_storage(const Address& address, const uint256& key) override {
        const auto slot = world.transient.find({address, key});
        return slot == world.transient.end() ? uint256{} : slot->second;
    }
    void set_transient_storage(const Address& address, const uint256& key,
                               const uint256& value) override {
        world.transient[{address, key}] = value;
    }
    bool account_exists(const Address& address) override {
        return world.accounts.contains(address);
    }
    bool is_empty(const Address& address) override {
        const auto account = world.accounts.find(address);
        return account == world.accounts.end() ||
               (account->second.nonce == 0 && account->second.balance.is_zero() &&
                account->second.code.empty());
    }
    uint256 balance(const Address& address) override { return look_at(address).balance; }
    std::uint64_t nonce(const Address& address) override { return look_at(address).nonce; }
    Hash32 code_hash(const Address& address) override {
        return crypto::keccak256(look_at(address).code);
    }
    ByteView code(const Address& address) override { return look_at(address).code; }
    std::optional<Address> delegate(const Address& /*address*/) override { return std::nullopt; }
    void transfer(const Address& from, const Address& to, const uint256& value) override {
        world.accounts[from].balance -= value;
        world.accounts[to].balance += value;
    }
    void increment_nonce(const Address& address) override { ++world.accounts[address].nonce; }
    bool has_code_nonce_or_storage(const Address& address) override {
        const auto account = world.accounts.find(address);
        return account != world.accounts.end() &&
               (account->second.nonce != 0 || !account->second.code.empty() ||
                !account->second.storage.empty());
    }
    void create_contract(const Address& address) override { world.accounts[address].nonce = 1; }
    void set_code(const Address& address, ByteView code) override {
        world.accounts[address].code = to_bytes(code);
    }
    bool selfdestruct(const Address& address, const Address& beneficiary) override {
        auto& self = world.accounts[address];
        const auto amount = std::exchange(self.balance, uint256{});
        world.accounts[beneficiary].balance += amount;
        return world.destructed.insert(address).second;
    }
    void emit_log(Log log) override { world.logs.push_back(std::move(log)); }
    Hash32 block_hash(std::uint64_t number) override { return to_hash32(number); }

    Checkpoint checkpoint() override {
        checkpoints_.push_back(world);
        return static_cast<Checkpoint>(checkpoints_.size() - 1);
    }
    void revert_to(Checkpoint checkpoint) override {
        world = checkpoints_[static_cast<std::size_t>(checkpoint)];
    }

private:
    /// Reading makes no account.
    [[nodiscard]] const Contract& look_at(const Address& address) const {
        static const Contract absent;
        const auto account = world.accounts.find(address);
        return account == world.accounts.end() ? absent : account->second;
    }

    static uint256 find_storage(const Contract& contract, const uint256& key) {
        const auto slot = contract.storage.find(key);
        return slot == contract.storage.end() ? uint256{} : slot->second;
    }

    std::vector<World> checkpoints_;
};

}  // namespace meta138::evm::test
