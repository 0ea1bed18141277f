// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/codec/json/writer.hpp"
#include "meta138/evm/tracer.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace meta138::tracing {

/// Parity's vmTrace: each instruction with what it cost, pushed, wrote to memory and stored, and
/// with the instructions of the frame that it started:
///
///     {"code":"0x…","ops":[{"cost":3,"ex":{"mem":null,"push":["0x4"],"store":null,"used":97},
///      "pc":0,"sub":null},…]}
///
/// Written as it happens rather than kept, so that what is written may leave while the transaction
/// runs: what comes of an instruction that starts a frame stands behind that frame, as
/// {"pc":5,"sub":{…},"cost":…,"ex":{…}}.
///
/// As Besu has it: the STOP behind the end of a code is not shown, nor an instruction that could
/// not run for another reason than gas, a bad jump or a write in a static frame. For one
/// transaction.
class VmTracer final : public evm::Tracer {
public:
    /// Writes a value to `out`, which outlives this object, from the outermost frame's begin on.
    explicit VmTracer(json::Writer& out) noexcept : out_{out} {}

    /// When the transaction has ended: the value of one that ran nothing. The next may follow.
    void finish();

    void on_frame_begin(const evm::Message& message, ByteView code) override;
    void on_step(const evm::Step& step) override;
    void on_step_charged(std::int64_t gas_cost, evm::Status status) override;
    void on_frame_end(const evm::Message& message, evm::Status status, std::int64_t gas_left,
                      ByteView output) override;

private:
    /// An instruction whose effects are not known before the next one of its frame.
    struct Pending {
        bool is_there = false;
        std::uint32_t pc = 0;
        std::uint8_t opcode = 0;
        std::int64_t gas = 0;
        std::int64_t cost = 0;
        std::int64_t creation_cost = 0;  ///< Of a creation, with memory, before its code runs.
        evm::Status status = evm::Status::success;
        // The memory it may write.
        bool writes_memory = false;
        uint256 offset;
        uint256 length;
        bool stores = false;
        uint256 key;
        uint256 value;
        bool calls = false;
        bool has_sub = false;  ///< The frame it started has been written, and its own beginning.
    };
    struct Frame {
        std::size_t code_size = 0;
        Pending pending = {};
    };

    void begin_operation(Pending& pending);
    void complete(Frame& frame, const evm::Step* next);
    void note_effects(const evm::Step& step, Pending& pending) const;
    void write_effects(const Pending& pending, const evm::Step* next);

    json::Writer& out_;
    std::vector<Frame> frames_;
    bool has_begun_ = false;
};

}  // namespace meta138::tracing
