// SPDX-License-Identifier: Apache-2.0
#include "code.hpp"
#include "frame.hpp"
#include "interpreter.hpp"
#include "stack_arena.hpp"
#include "translation.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/evm/code_cache.hpp"
#include "meta138/evm/evm.hpp"
#include "meta138/evm/precompiles.hpp"
#include "meta138/evm/tracer.hpp"
#include "meta138/types/account.hpp"

#include <limits>
#include <utility>
#include <vector>

namespace meta138::evm {
namespace {

/// Yellow Paper 9.4.2: frames below the transaction's own.
constexpr std::int32_t call_depth_limit = 1024;

// When code is translated: at this run of it, or after so many jumps backwards in one.
constexpr std::uint32_t runs_before_translation = 8;
constexpr std::int64_t jumps_before_translation = 64;

/// What a message came to, for the frame that sent it.
struct Outcome {
    Status status;
    std::int64_t gas_left;
    ByteView output;

    /// Nothing ran; the gas goes back.
    static Outcome refused(Status why, const Message& message) { return {why, message.gas, {}}; }
    /// Everything is undone and the gas is gone.
    static Outcome failed(Status why) { return {why, 0, {}}; }
};

}  // namespace

/// Runs frames one above the other. `depth_` frames are alive; the uppermost runs.
class Evm::Machine {
public:
    Machine(Host& host, CodeCache& code_cache, Fork fork, const BlockContext& block, Limits limits,
            Tracer* tracer)
        : host_{host},
          code_cache_{code_cache},
          instructions_{instruction_set(fork, tracer != nullptr)},
          translation_{tracer == nullptr ? limits.translation : TranslationPolicy::never},
          environment_{.host = &host,
                       .fork = fork,
                       .schedule = make_gas_schedule(fork),
                       .block = block,
                       .transaction = {},
                       .limits = limits,
                       .tracer = tracer} {}

    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;
    ~Machine() { stacks_.set_used(frames_.size()); }

    Result execute(const Message& message, const TransactionContext& transaction) {
        environment_.transaction = transaction;
        environment_.refund_of_callers = 0;
        depth_ = 0;
        start(message);
        while (depth_ > 0) step();
        return std::move(result_);
    }

    [[nodiscard]] Fork fork() const noexcept { return environment_.fork; }

private:
    /// Runs the uppermost frame until it halts or starts a child.
    void step() {
        Frame& frame = *frames_[depth_ - 1];
        const auto status =
            frame.translation != nullptr ? run_translated(frame) : run(frame, instructions_);
        if (status == loop_is_hot) return translate(frame);
        if (environment_.tracer != nullptr) trace_end_of_run(frame, status);
        if (status == child_pending) {
            environment_.refund_of_callers += frame.refund;
            start(frame.child);
        } else {
            finish(frame, status);
        }
    }

    /// Goes over to the translation, at the JUMPDEST where the interpreter left off.
    void translate(Frame& frame) {
        frame.translation = &frame.code->translate(environment_.fork);
        frame.operation =
            frame.translation->block_at(static_cast<std::uint64_t>(frame.pc - frame.code->begin()));
        frame.base = frame.sp;
    }

    void start(const Message& message) {
        if (environment_.tracer != nullptr) {
            const auto code =
                is_create(message.kind) ? message.input : host_.code(message.code_address);
            environment_.tracer->on_frame_begin(message, code);
        }
        if (const auto outcome =
                is_create(message.kind) ? start_create(message) : start_call(message))
            deliver(message, *outcome, 0);
    }

    std::optional<Outcome> start_call(const Message& message) {
        if (message.depth > call_depth_limit)
            return Outcome::refused(Status::call_depth_exceeded, message);
        const bool pays = message.kind == CallKind::call || message.kind == CallKind::callcode;
        if (pays && !message.value.is_zero() && host_.balance(message.sender) < message.value)
            return Outcome::refused(Status::insufficient_balance, message);

        const auto checkpoint = host_.checkpoint();
        if (message.kind == CallKind::call || message.kind == CallKind::staticcall)
            host_.transfer(message.sender, message.recipient, message.value);

        if (!message.is_delegated) {
            const auto precompile = precompile_at(message.code_address, environment_.fork,
                                                  environment_.limits.precompile_moves);
            if (precompile) return run_precompiled(*precompile, message, checkpoint);
        }

        auto code = find_code(message.code_address);
        if (code == nullptr) return Outcome{Status::success, message.gas, {}};
        begin(message, std::move(code), checkpoint);
        return std::nullopt;
    }

    std::optional<Outcome> start_create(const Message& message) {
        const bool from_code = message.depth > 0;
        if (from_code) {
            if (message.depth > call_depth_limit)
                return Outcome::refused(Status::call_depth_exceeded, message);
            if (host_.balance(message.sender) < message.value)
                return Outcome::refused(Status::insufficient_balance, message);
            if (host_.nonce(message.sender) == std::numeric_limits<std::uint64_t>::max())
                return Outcome::refused(Status::nonce_overflow, message);  // EIP-2681
            host_.increment_nonce(message.sender);
        }
        host_.access_account(
            message.recipient);  // stays warm even if the creation fails (EIP-2929)
        if (host_.has_code_nonce_or_storage(message.recipient))
            return Outcome::failed(Status::address_collision);

        const auto checkpoint = host_.checkpoint();
        host_.create_contract(message.recipient);
        host_.transfer(message.sender, message.recipient, message.value);
        // Init code is rarely seen twice, so it does not enter the cache.
        begin(message, std::make_shared<const Code>(message.input), checkpoint);
        return std::nullopt;
    }

    Outcome run_precompiled(const Address& precompile, const Message& message,
                            Checkpoint checkpoint) {
        auto& output = depth_ > 0 ? frames_[depth_ - 1]->precompile_output : top_output_;
        const auto ran = code_cache_.precompiles().run(precompile, environment_.fork, message.input,
                                                       message.gas, output);
        if (ran.status != Status::success) {
            host_.revert_to(checkpoint);
            return Outcome::failed(ran.status);
        }
        return {Status::success, ran.gas_left, output};
    }

    /// Null for an account without code.
    std::shared_ptr<const Code> find_code(const Address& address) {
        const auto hash = host_.code_hash(address);
        if (hash == EMPTY_CODE_HASH) return nullptr;
        if (auto cached = code_cache_.find(hash)) return cached;
        return code_cache_.insert(hash, host_.code(address));
    }

    void begin(const Message& message, std::shared_ptr<const Code> code, Checkpoint checkpoint) {
        if (depth_ == frames_.size()) frames_.push_back(std::make_unique<Frame>());
        Frame& frame = *frames_[depth_];
        frame.environment = &environment_;
        frame.host = &host_;
        frame.code = code.get();
        frame.stack = stacks_.bottom(depth_);
        frame.memory.clear();
        frame.return_data = {};
        frame.message = message;
        if (is_create(message.kind)) frame.message.input = {};  // init code is not call data
        frame.pc = code->begin();
        frame.sp = frame.stack;
        frame.gas = message.gas;
        frame.refund = 0;
        frame.output = {};
        frame.checkpoint = checkpoint;
        frame.traced_gas = -1;
        frame.gas_ahead = 0;
        frame.patience = 0;
        frame.translation = nullptr;
        if (translation_ != TranslationPolicy::never) choose_translation(frame);
        frame.code_owner = std::move(code);
        ++depth_;
    }

    void choose_translation(Frame& frame) const {
        const auto& code = *frame.code;
        frame.patience = jumps_before_translation;
        frame.translation = code.find_translation(environment_.fork);
        if (frame.translation == nullptr && (translation_ == TranslationPolicy::always ||
                                             code.count_run() >= runs_before_translation))
            frame.translation = &code.translate(environment_.fork);
        if (frame.translation == nullptr) return;
        frame.operation = frame.translation->begin();
        frame.base = frame.sp;
    }

    void finish(Frame& frame, Status status) {
        Outcome outcome{status, frame.gas, frame.output};
        if (status == Status::success && is_create(frame.message.kind))
            outcome = deposit_code(frame);
        if (outcome.status != Status::success) {
            host_.revert_to(frame.checkpoint);
            if (outcome.status != Status::revert) outcome = Outcome::failed(outcome.status);
        }
        const auto refund = outcome.status == Status::success ? frame.refund : 0;
        --depth_;
        deliver(frame.message, outcome, refund);
    }

    /// Yellow Paper 7, equations 93 to 98: the code that init code returned becomes the account's.
    Outcome deposit_code(Frame& frame) {
        const auto& schedule = environment_.schedule;
        const auto code = frame.output;
        const auto price = G_codedeposit * static_cast<std::int64_t>(code.size());
        if (schedule.rejects_ef_prefix && !code.empty() && code[0] == 0xef)
            return Outcome::failed(Status::invalid_code_prefix);
        if (schedule.limits_code_size && code.size() > environment_.limits.max_code_size)
            return Outcome::failed(Status::code_size_exceeded);
        if (frame.gas < price) {
            if (schedule.failed_deposit_halts) return Outcome::failed(Status::out_of_gas);
            return {Status::success, frame.gas, code};  // not kept, but tracers see it
        }
        host_.set_code(frame.message.recipient, code);
        return {Status::success, frame.gas - price, code};
    }

    /// Hands the outcome of a message to the frame that waits for it, or out of the machine.
    void deliver(const Message& message, const Outcome& outcome, std::int64_t refund) {
        if (environment_.tracer != nullptr)
            environment_.tracer->on_frame_end(message, outcome.status, outcome.gas_left,
                                              outcome.output);
        const bool creates = is_create(message.kind);
        const bool succeeded = outcome.status == Status::success;
        if (depth_ == 0) {
            result_ = {outcome.status, outcome.gas_left, refund,
                       creates && succeeded ? Bytes{} : to_bytes(outcome.output)};
            return;
        }
        Frame& caller = *frames_[depth_ - 1];
        environment_.refund_of_callers -= caller.refund;
        caller.gas += outcome.gas_left;
        caller.refund += refund;
        caller.return_data = creates && succeeded ? ByteView{} : outcome.output;
        const auto copied = std::min<std::uint64_t>(caller.output_size, caller.return_data.size());
        if (copied != 0)
            std::memcpy(caller.memory.data() + caller.output_offset, caller.return_data.data(),
                        copied);
        *caller.sp++ = !succeeded ? uint256{}
                       : creates  ? to_uint256(message.recipient)
                                  : uint256{1};
    }

    Host& host_;
    CodeCache& code_cache_;
    const InstructionSet& instructions_;
    TranslationPolicy translation_;
    Environment environment_;
    StackArena stacks_{call_depth_limit + 1};
    std::vector<std::unique_ptr<Frame>>
        frames_;  // kept for reuse; unique_ptr, so that they stay put
    std::size_t depth_ = 0;
    Bytes top_output_;
    Result result_;
};

Evm::Evm(Host& host, CodeCache& code_cache, Fork fork, const BlockContext& block, Limits limits,
         Tracer* tracer)
    : machine_{std::make_unique<Machine>(host, code_cache, fork, block, limits, tracer)} {}

Evm::~Evm() = default;

Result Evm::execute(const Message& message, const TransactionContext& transaction) {
    return machine_->execute(message, transaction);
}

Fork Evm::fork() const noexcept {
    return machine_->fork();
}

}  // namespace meta138::evm
