// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/codec/json/writer.hpp"
#include "meta138/evm/tracer.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace meta138::tracing {

/// The options of debug_traceTransaction as Besu has them.
struct StructLogWriterOptions {
    bool disable_stack = false;
    bool enable_memory = false;
    bool disable_storage = false;
    /// Only these, and what follows each of them; empty: all. Indexed by opcode.
    std::vector<bool> opcodes;
    /// Of geth: how many steps at most; 0: all.
    std::uint64_t max_steps = 0;
};

/// Besu's struct logs, written step by step rather than kept, so that what is written may leave
/// while the transaction runs. What is known only when it has ended comes behind them:
///
///     {"structLogs":[{"pc":0,"op":"PUSH1","gas":9,"gasCost":3,"depth":1,"stack":["0x1"],
///      "memory":[…],"storage":{…},"reason":…,"error":…},…],"gas":21009,"failed":false,
///      "returnValue":"0x"}
///
/// `storage` is what the running contract has stored in this frame and in those below it that
/// succeeded; memory is as the instruction left it.
/// For one transaction.
class StructLogWriter final : public evm::Tracer {
public:
    /// Begins a value in `out`, which outlives this object and is its own until finish().
    explicit StructLogWriter(json::Writer& out, StructLogWriterOptions options = {});

    /// When the transaction has ended, and `gas_used` was charged for it.
    void finish(std::uint64_t gas_used);

    void on_frame_begin(const evm::Message& message, ByteView code) override;
    void on_step(const evm::Step& step) override;
    void on_step_charged(std::int64_t gas_cost, evm::Status status) override;
    void on_frame_end(const evm::Message& message, evm::Status status, std::int64_t gas_left,
                      ByteView output) override;

private:
    using Storage = std::map<uint256, uint256>;

    struct Frame {
        std::map<Address, Storage> storage;  ///< Stored in it, and in those below that succeeded.
    };
    /// A step that is not written yet: its memory is known only when the next one comes.
    struct Pending {
        bool is_there = false;
        std::uint32_t pc = 0;
        std::uint8_t opcode = 0;
        std::int32_t depth = 0;
        std::int64_t gas = 0;
        std::int64_t cost = 0;
        std::int64_t refund = 0;  ///< As the instruction left it.
        evm::Status status = evm::Status::success;
        Address account;
        uint256 key;
        uint256 value;
        std::vector<uint256> stack;
        Bytes memory;
        std::uint64_t memory_needed = 0;  ///< Bytes that the instruction makes of it.
        Bytes revert_data;
    };

    [[nodiscard]] bool is_selected(std::uint8_t opcode);
    void write_pending();

    json::Writer& out_;
    StructLogWriterOptions options_;
    std::vector<Frame> frames_;
    Pending pending_;
    std::uint64_t steps_ = 0;
    bool follows_selected_ = false;
    bool has_failed_ = false;
    Bytes return_value_;
};

}  // namespace meta138::tracing
