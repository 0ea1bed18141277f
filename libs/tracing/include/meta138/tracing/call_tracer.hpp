// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/evm/tracer.hpp"
#include "meta138/tracing/fault.hpp"
#include "meta138/types/receipt.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::tracing {

/// What made a frame of a call trace. SELFDESTRUCT counts as one: it moves value.
enum class FrameType : std::uint8_t {
    call,
    callcode,
    delegatecall,
    staticcall,
    create,
    create2,
    selfdestruct,
};

/// The opcode's name.
[[nodiscard]] std::string_view to_string(FrameType type) noexcept;

/// A log within a call trace.
struct CallLog {
    Log log;
    std::uint64_t index = 0;     ///< Among the block's logs.
    std::uint64_t position = 0;  ///< How many calls the frame had made before it.
};

/// A frame with all that it called.
struct CallFrame {
    FrameType type = FrameType::call;
    Address from;                ///< Of a delegatecall the account that makes it.
    std::optional<Address> to;   ///< Absent: a creation that failed.
    std::uint64_t gas = 0;       ///< Of the outermost frame the transaction's limit.
    std::uint64_t gas_used = 0;  ///< Of the outermost frame what the sender is charged.
    Bytes input;
    Bytes output;                  ///< Return or revert data, or the new contract's code.
    std::string error;             ///< Empty: success.
    std::string revert_reason;     ///< Of an Error(string) or a Panic(uint256).
    std::optional<uint256> value;  ///< Absent: a staticcall.
    bool is_precompile = false;
    std::vector<CallFrame> calls;
    std::vector<CallLog> logs;
};

/// {"from":…,"gas":…,"gasUsed":…,"to":…,"input":…,"calls":[…],"value":…,"type":"CALL"} as
/// go-ethereum writes it.
[[nodiscard]] std::string to_json(const CallFrame& frame);

struct CallTracerOptions {
    bool only_top_call = false;
    bool with_log = false;
    std::uint64_t first_log_index = 0;  ///< Logs of earlier transactions of the block.
    /// Bytes of inputs and outputs; those after it are left out, and is_full() says so.
    std::size_t limit = SIZE_MAX;
};

/// go-ethereum's callTracer: the tree of a transaction's calls, with those of precompiled contracts
/// and those that were refused. For one transaction.
class CallTracer final : public evm::Tracer {
public:
    explicit CallTracer(Fork fork, CallTracerOptions options = {});

    /// When the transaction with this gas limit has ended, and `gas_used` was charged for it.
    [[nodiscard]] CallFrame finish(std::uint64_t gas_limit, std::uint64_t gas_used);
    [[nodiscard]] bool is_full() const noexcept { return size_ > options_.limit; }

    void on_frame_begin(const evm::Message& message, ByteView code) override;
    void on_step(const evm::Step& step) override;
    void on_step_charged(std::int64_t gas_cost, evm::Status status) override;
    void on_log(const Log& log) override;
    void on_selfdestruct(const Address& address, const Address& beneficiary,
                         const uint256& balance) override;
    void on_frame_end(const evm::Message& message, evm::Status status, std::int64_t gas_left,
                      ByteView output) override;

private:
    Fork fork_;
    CallTracerOptions options_;
    FaultRecorder faults_;
    std::vector<CallFrame> open_;  ///< Frames that have not ended, of those that are shown.
    CallFrame root_;
    std::vector<std::uint64_t> first_log_indices_;  ///< What each frame's first log would have.
    std::uint64_t next_log_index_;
    std::size_t size_ = 0;
};

}  // namespace meta138::tracing
