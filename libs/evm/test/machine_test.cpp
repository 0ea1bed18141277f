// SPDX-License-Identifier: Apache-2.0
#include "memory_host.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/evm/code_cache.hpp"
#include "meta138/evm/evm.hpp"
#include "meta138/evm/opcodes.hpp"
#include "meta138/evm/tracer.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <functional>
#include <string_view>

namespace meta138::evm {
namespace {

using namespace literals;

constexpr auto sender = "0x00000000000000000000000000000000000000aa"_address;
constexpr auto contract = "0x00000000000000000000000000000000000000cc"_address;

/// A contract with code, called once. The defaults are a plain call with plenty of gas in Osaka.
class Machine : public testing::Test {
protected:
    test::MemoryHost host;
    CodeCache cache;
    Fork fork = Fork::osaka;
    Limits limits;
    Message message{.gas = 1'000'000,
                    .recipient = contract,
                    .sender = sender,
                    .code_address = contract,
                    .value = {},
                    .input = {}};

    void set_code(std::string_view digits) {
        host.world.accounts[contract].code = *decode_hex_digits(digits);
    }

    Result run(Tracer* tracer = nullptr) {
        host.original = host.world.accounts;
        Evm evm{host, cache, fork, {.number = 1000, .chain_id = 138}, limits, tracer};
        return evm.execute(message,
                           {.origin = sender, .gas_price = 1, .blob_versioned_hashes = {}});
    }

    std::int64_t gas_used_by(std::string_view digits) {
        set_code(digits);
        return message.gas - run().gas_left;
    }
};

TEST_F(Machine, returns_what_the_code_returns) {
    set_code("602a5f5260205ff3");
    const auto result = run();
    EXPECT_EQ(result.status, Status::success);
    EXPECT_EQ(uint256_from_be(result.output), uint256{42});
    EXPECT_EQ(message.gas - result.gas_left, 2 + 3 + 3 + 3 + 3 + 2);
}

TEST_F(Machine, an_exceptional_halt_takes_all_gas_and_undoes_all) {
    set_code("6001600155fe");
    const auto result = run();
    EXPECT_EQ(result.status, Status::invalid_opcode);
    EXPECT_EQ(result.gas_left, 0);
    EXPECT_TRUE(host.world.accounts[contract].storage.empty());
}

TEST_F(Machine, a_revert_undoes_all_and_keeps_the_gas) {
    set_code("60016001555f5ffd");
    const auto result = run();
    EXPECT_EQ(result.status, Status::revert);
    EXPECT_GT(result.gas_left, 900'000);
    EXPECT_TRUE(host.world.accounts[contract].storage.empty());
}

TEST_F(Machine, an_opcode_is_undefined_before_its_fork) {
    set_code("5f00");  // PUSH0 (EIP-3855)
    fork = Fork::paris;
    EXPECT_EQ(run().status, Status::invalid_opcode);
    fork = Fork::shanghai;
    EXPECT_EQ(run().status, Status::success);
    set_code("60011e00");  // CLZ (EIP-7939)
    fork = Fork::prague;
    EXPECT_EQ(run().status, Status::invalid_opcode);
    fork = Fork::osaka;
    EXPECT_EQ(run().status, Status::success);
}

TEST_F(Machine, a_jump_into_push_data_is_invalid) {
    set_code("600456615b5b00");
    EXPECT_EQ(run().status, Status::invalid_jump);
}

TEST_F(Machine, the_stack_holds_1024_items_and_not_one_more) {
    std::string pushes;
    for (int i = 0; i < 1024; ++i) pushes += "5f";
    set_code(pushes + "00");
    EXPECT_EQ(run().status, Status::success);
    set_code(pushes + "5f00");
    EXPECT_EQ(run().status, Status::stack_overflow);
    set_code("50");
    EXPECT_EQ(run().status, Status::stack_underflow);
}

TEST_F(Machine, sload_costs_by_fork) {
    message.gas = 100'000;
    fork = Fork::frontier;
    EXPECT_EQ(gas_used_by("60015400"), 3 + 50);
    fork = Fork::tangerine_whistle;  // EIP-150
    EXPECT_EQ(gas_used_by("60015400"), 3 + 200);
    fork = Fork::istanbul;  // EIP-1884
    EXPECT_EQ(gas_used_by("60015400"), 3 + 800);
    fork = Fork::berlin;  // EIP-2929: cold, then warm
    host.world.warm_slots.clear();
    EXPECT_EQ(gas_used_by("60015460015400"), 3 + 2100 + 3 + 100);
}

TEST_F(Machine, sstore_fails_with_no_more_gas_than_the_stipend) {
    set_code("6001600155");
    fork = Fork::istanbul;  // EIP-2200
    message.gas = 6 + 2300;
    EXPECT_EQ(run().status, Status::out_of_gas);
}

TEST_F(Machine, a_static_call_may_not_change_the_state) {
    message.kind = CallKind::staticcall;
    message.is_static = true;
    for (const auto* const code : {"6001600155", "6001600160015d", "5f5fa0", "5fff", "5f5f5ff0"}) {
        set_code(code);
        const auto status = run().status;
        EXPECT_TRUE(status == Status::write_protection || status == Status::stack_underflow)
            << code;
        EXPECT_NE(status, Status::success) << code;
    }
}

TEST_F(Machine, memory_costs_by_words_squared) {
    EXPECT_EQ(gas_used_by("5f5f5200"), 2 + 2 + 3 + 3);
    EXPECT_EQ(gas_used_by("5f6103e05200"), 2 + 3 + 3 + 3 * 32 + 32 * 32 / 512);
    set_code("5f64ffffffffff5200");  // more than can be paid for
    EXPECT_EQ(run().status, Status::out_of_gas);
    set_code("5f7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff5200");
    EXPECT_EQ(run().status, Status::out_of_gas);
}

TEST_F(Machine, return_data_is_not_padded) {
    set_code("60016000600a3e00");  // RETURNDATACOPY of what is not there (EIP-211)
    EXPECT_EQ(run().status, Status::out_of_bounds_read);
}

TEST_F(Machine, init_code_sees_no_call_data) {
    const auto init_code = *decode_hex_digits("365f5260205ff3");  // returns CALLDATASIZE
    message.kind = CallKind::create;
    message.input = init_code;
    EXPECT_EQ(run().status, Status::success);
    EXPECT_EQ(uint256_from_be(host.world.accounts[contract].code), uint256{});
}

TEST_F(Machine, refuses_new_code_that_begins_with_ef_from_london_on) {
    const auto init_code = *decode_hex_digits("60ef60005360016000f3");
    message.kind = CallKind::create;
    message.input = init_code;
    fork = Fork::berlin;
    EXPECT_EQ(run().status, Status::success);
    host.world.accounts.clear();
    fork = Fork::london;  // EIP-3541
    EXPECT_EQ(run().status, Status::invalid_code_prefix);
}

TEST_F(Machine, new_code_may_be_as_large_as_the_limit) {
    const auto init_code = *decode_hex_digits("6160016000f3");  // 24577 zero bytes
    message.kind = CallKind::create;
    message.input = init_code;
    message.gas = 10'000'000;
    EXPECT_EQ(run().status, Status::code_size_exceeded);  // EIP-170
    limits.max_code_size = 0x6001;
    EXPECT_EQ(run().status, Status::success);
}

TEST_F(Machine, a_failed_deposit_leaves_no_code_in_frontier) {
    const auto init_code = *decode_hex_digits("60206000f3");
    message.kind = CallKind::create;
    message.input = init_code;
    message.gas = 100;
    fork = Fork::frontier;
    EXPECT_EQ(run().status, Status::success);
    EXPECT_TRUE(host.world.accounts[contract].code.empty());
    host.world.accounts.clear();
    fork = Fork::homestead;  // EIP-2
    EXPECT_EQ(run().status, Status::out_of_gas);
}

TEST_F(Machine, a_precompile_runs_in_place_of_code) {
    // IDENTITY of one word, and what it returned.
    set_code("602a5f5260205f60205f60045afa505f5160205260205ff3");
    EXPECT_EQ(uint256_from_be(run().output), uint256{42});
}

/// Counts how deep the frames went.
class DepthGauge final : public Tracer {
public:
    std::int32_t deepest = 0;
    Status last_refusal = Status::success;

    void on_frame_begin(const Message& message, ByteView /*code*/) override {
        deepest = std::max(deepest, message.depth);
    }
    void on_frame_end(const Message& /*message*/, Status status, std::int64_t /*gas_left*/,
                      ByteView /*output*/) override {
        if (status == Status::call_depth_exceeded) last_refusal = status;
    }
};

/// Runs on a thread with a stack much smaller than any default.
void run_on_a_small_stack(const std::function<void()>& function) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, std::size_t{128} * 1024);
    pthread_t thread{};
    auto* const entry = +[](void* argument) -> void* {
        (*static_cast<const std::function<void()>*>(argument))();
        return nullptr;
    };
    ASSERT_EQ(
        pthread_create(&thread, &attributes, entry, const_cast<std::function<void()>*>(&function)),
        0);
    pthread_join(thread, nullptr);
    pthread_attr_destroy(&attributes);
}

/// Counts frames without the copies of the world that MemoryHost makes.
class ShallowHost final : public Host {
public:
    Bytes contract_code;

    bool access_account(const Address&) override { return false; }
    SlotAccess access_storage(const Address&, const uint256&) override { return {}; }
    void set_storage(const Address&, const uint256&, const uint256&) override {}
    uint256 transient_storage(const Address&, const uint256&) override { return {}; }
    void set_transient_storage(const Address&, const uint256&, const uint256&) override {}
    bool account_exists(const Address&) override { return true; }
    bool is_empty(const Address&) override { return false; }
    uint256 balance(const Address&) override { return {}; }
    std::uint64_t nonce(const Address&) override { return 1; }
    Hash32 code_hash(const Address&) override { return {{1}}; }
    ByteView code(const Address&) override { return contract_code; }
    std::optional<Address> delegate(const Address&) override { return std::nullopt; }
    void transfer(const Address&, const Address&, const uint256&) override {}
    void increment_nonce(const Address&) override {}
    bool has_code_nonce_or_storage(const Address&) override { return false; }
    void create_contract(const Address&) override {}
    void set_code(const Address&, ByteView) override {}
    bool selfdestruct(const Address&, const Address&) override { return false; }
    void emit_log(Log) override {}
    Hash32 block_hash(std::uint64_t) override { return {}; }
    Checkpoint checkpoint() override { return {}; }
    void revert_to(Checkpoint) override {}
};

TEST(MachineDepth, calls_nest_1024_deep_on_a_small_thread_stack) {
    run_on_a_small_stack([] {
        ShallowHost host;
        host.contract_code = *decode_hex_digits("5f5f5f5f5f305af100");  // calls itself for ever
        for (const auto translation : {TranslationPolicy::never, TranslationPolicy::always}) {
            CodeCache cache;
            DepthGauge gauge;
            Evm evm{host,
                    cache,
                    Fork::osaka,
                    {},
                    {.translation = translation},
                    translation == TranslationPolicy::never ? &gauge : nullptr};
            const auto result =
                evm.execute({.gas = std::int64_t{1} << 50,
                             .recipient = contract,
                             .sender = sender,
                             .code_address = contract,
                             .value = {},
                             .input = {}},
                            {.origin = sender, .gas_price = 1, .blob_versioned_hashes = {}});
            EXPECT_EQ(result.status, Status::success);
            if (translation == TranslationPolicy::never) {
                EXPECT_EQ(gauge.deepest, 1025);  // the last of them refused
                EXPECT_EQ(gauge.last_refusal, Status::call_depth_exceeded);
            }
        }
    });
}

/// What an EIP-3155 tracer sees.
class Steps final : public Tracer {
public:
    struct Seen {
        std::uint8_t opcode;
        std::int64_t cost;
        Status status;
    };
    std::vector<Seen> seen;

    void on_step(const Step& step) override { seen.push_back({step.opcode, -1, Status::success}); }
    void on_step_charged(std::int64_t gas_cost, Status status) override {
        // Steps of child frames come between a call and whatever follows it, never within.
        seen.back().cost = gas_cost;
        seen.back().status = status;
    }
};

TEST_F(Machine, a_tracer_sees_every_instruction_and_its_price) {
    set_code("60015f52fe");
    Steps steps;
    run(&steps);
    ASSERT_EQ(steps.seen.size(), 4U);
    EXPECT_EQ(steps.seen[0].cost, 3);
    EXPECT_EQ(steps.seen[1].cost, 2);
    EXPECT_EQ(steps.seen[2].cost, 6);
    EXPECT_EQ(steps.seen[3].opcode, OP_INVALID);
    EXPECT_EQ(steps.seen[3].status, Status::invalid_opcode);
}

TEST_F(Machine, a_traced_call_costs_what_it_hands_on) {
    set_code("5f5f5f5f5f6101006103e8f100");  // CALL of 0x100 without P256VERIFY: fork is Prague
    fork = Fork::prague;
    Steps steps;
    run(&steps);
    EXPECT_EQ(steps.seen[7].opcode, OP_CALL);
    EXPECT_EQ(steps.seen[7].cost, 2600 + 1000);
}

TEST(CreateAddress, is_what_the_yellow_paper_and_EIP_1014_say) {
    EXPECT_EQ(create_address("0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0"_address, 0),
              "0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d"_address);
    EXPECT_EQ(create_address("0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0"_address, 1),
              "0x343c43a37d37dff08ae8c4a11544c718abb4fcf8"_address);
    // EIP-1014, example 1: init code 0x00, salt and sender zero.
    EXPECT_EQ(create2_address({}, {}, crypto::keccak256(Bytes{0})),
              "0x4d1a2e2bb4f88f0250f26ffff098b0b30b26bf38"_address);
}

TEST(CodeCache, keeps_what_was_used_last_within_its_capacity) {
    CodeCache cache{16 * 100};  // 100 bytes a shard
    const Bytes code(60, OP_JUMPDEST);
    const Hash32 first{{0, 1}};
    const Hash32 second{{0, 2}};  // the same shard
    EXPECT_EQ(cache.find(first), nullptr);
    const auto kept = cache.insert(first, code);
    EXPECT_EQ(cache.find(first), kept);
    EXPECT_EQ(cache.insert(first, code), kept);
    cache.insert(second, code);
    EXPECT_EQ(cache.find(first), nullptr);
    EXPECT_NE(cache.find(second), nullptr);
}

}  // namespace
}  // namespace meta138::evm
