// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/evm/tracer.hpp"
#include "meta138/tracing/fault.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace meta138::tracing {

/// The options of debug_traceTransaction, with its names and defaults.
struct StructLogOptions {
    bool disable_stack = false;
    bool enable_memory = false;
    bool disable_storage = false;
    bool enable_return_data = false;
    /// Bytes of JSON: the step that passes this is the last one. Zero: no limit.
    std::size_t limit = 0;
};

/// The machine just before an instruction.
struct StructLog {
    std::uint32_t pc = 0;
    std::uint8_t opcode = 0;
    std::int64_t gas = 0;
    std::int64_t gas_cost = 0;  ///< Of a call or creation with the gas handed on.
    std::int32_t depth = 1;     ///< 1 for the transaction's own frame.
    std::int64_t refund = 0;
    /// Why it could not be paid for, or lacked stack; what fails while it runs has none.
    std::string error;
    std::optional<std::vector<uint256>> stack;
    Bytes memory;
    Bytes return_data;
    /// Of SLOAD and SSTORE: what these have read and written in this account so far, this included.
    std::map<uint256, uint256> storage;
};

struct StructLogTrace {
    std::uint64_t gas = 0;  ///< Charged to the sender.
    bool failed = false;
    Bytes return_value;  ///< Or revert data.
    std::vector<StructLog> struct_logs;
};

/// {"gas":…,"failed":…,"returnValue":…,"structLogs":[…]} as go-ethereum writes it.
[[nodiscard]] std::string to_json(const StructLogTrace& trace);

/// debug_traceTransaction's default tracer, after go-ethereum's. For one transaction.
class StructLogTracer final : public evm::Tracer {
public:
    explicit StructLogTracer(Fork fork, StructLogOptions options = {});

    /// When the transaction has ended, and `gas_used` was charged for it.
    [[nodiscard]] StructLogTrace finish(std::uint64_t gas_used);

    void on_step(const evm::Step& step) override;
    void on_step_charged(std::int64_t gas_cost, evm::Status status) override;
    void on_frame_end(const evm::Message& message, evm::Status status, std::int64_t gas_left,
                      ByteView output) override;

private:
    void complete_last(const evm::Step& next);
    void record_storage(const evm::Step& step, StructLog& log);

    StructLogOptions options_;
    FaultRecorder faults_;
    StructLogTrace trace_;
    std::unordered_map<Address, std::map<uint256, uint256>> storage_;
    std::size_t json_size_ = 0;  ///< Of the steps but the last; counted only with a limit.
    bool is_full_ = false;
    bool awaits_value_ = false;  ///< The last step is an SLOAD; the next one shows what it read.
    uint256 awaited_key_;
    Address awaited_account_;
};

}  // namespace meta138::tracing
