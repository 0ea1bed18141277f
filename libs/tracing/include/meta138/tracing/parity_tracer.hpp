// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/codec/json/writer.hpp"
#include "meta138/evm/tracer.hpp"
#include "meta138/tracing/call_tracer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::tracing {

/// Parity's words for how a frame failed: "Out of gas", "Bad instruction"; empty for success.
[[nodiscard]] std::string_view parity_error(evm::Status status) noexcept;

/// One frame of a transaction as Parity's trace_ methods show it, away from those around it.
struct ParityTrace {
    FrameType type = FrameType::call;
    Address from;  ///< Of a SELFDESTRUCT the contract that goes away.
    Address to;    ///< Of a creation the new contract, of a SELFDESTRUCT the heir.
    std::uint64_t gas = 0;
    Bytes input;    ///< Or init code.
    uint256 value;  ///< Of a SELFDESTRUCT the balance.
    std::uint64_t gas_used = 0;
    Bytes output;  ///< Or the new contract's code.
    evm::Status status = evm::Status::success;
    std::vector<std::size_t> trace_address;  ///< The way from the outermost frame.
    std::size_t subtraces = 0;
};

/// Collects the frames of a transaction, each before those that it called. Calls that never ran
/// leave no trace: those of precompiled contracts but the transaction's own, and refused ones. For
/// one transaction.
class ParityTracer final : public evm::Tracer {
public:
    /// `limit`: bytes that the traces may take; what comes after it is left out, and is_full()
    /// says so. A call with much input costs little gas, and its trace as much memory.
    explicit ParityTracer(Fork fork, std::size_t limit = SIZE_MAX) : fork_{fork}, limit_{limit} {}

    [[nodiscard]] const std::vector<ParityTrace>& traces() const noexcept { return traces_; }
    /// Of the outermost frame: what it returned or reverted with.
    [[nodiscard]] const Bytes& output() const noexcept { return output_; }
    /// Some frame ran CREATE2.
    [[nodiscard]] bool has_create2() const noexcept { return has_create2_; }
    [[nodiscard]] bool is_full() const noexcept { return size_ > limit_; }
    /// For the next transaction.
    void reset();

    void on_frame_begin(const evm::Message& message, ByteView code) override;
    void on_step(const evm::Step& step) override;
    void on_selfdestruct(const Address& address, const Address& beneficiary,
                         const uint256& balance) override;
    void on_frame_end(const evm::Message& message, evm::Status status, std::int64_t gas_left,
                      ByteView output) override;

private:
    ParityTrace& open_trace();

    Fork fork_;
    std::size_t limit_;
    FaultRecorder steps_{fork_};
    std::vector<ParityTrace> traces_;
    std::vector<std::size_t> open_;  ///< Indices into traces_ of frames that have not ended.
    Bytes output_;
    bool has_create2_ = false;
    std::size_t size_ = 0;
};

/// What stands around the frame in a list of traces.
struct ParityTraceContext {
    bool has_block = false;  ///< The next four are shown.
    Hash32 block_hash;
    std::uint64_t block_number = 0;
    Hash32 transaction_hash;
    std::uint64_t transaction_position = 0;
    /// "create" or "create2"; empty: not shown.
    std::string_view creation_method;
    /// Of the outermost frame; empty: not shown.
    ByteView revert_reason;
};

/// {"action":{…},"blockHash":…,"blockNumber":1,"result":{…},"subtraces":0,"traceAddress":[],
/// "transactionHash":…,"transactionPosition":0,"type":"call"} in Besu's order.
void write_parity_trace(json::Writer& json, const ParityTrace& trace,
                        const ParityTraceContext& context);

/// The trace of what a block pays: `type` is "block" or "uncle".
void write_reward_trace(json::Writer& json, const Address& author, std::string_view type,
                        const uint256& value, const Hash32& block_hash, std::uint64_t block_number);

}  // namespace meta138::tracing
