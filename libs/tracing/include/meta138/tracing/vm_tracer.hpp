// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/evm/tracer.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace meta138::tracing {

/// Parity's vmTrace: each instruction with what it cost, pushed, wrote to memory and stored, and
/// with the instructions of the frame that it started:
///
///     {"code":"0x…","ops":[{"cost":3,"ex":{"mem":null,"push":["0x4"],"store":null,"used":97},
///      "pc":0,"sub":null},…]}
///
/// As Besu has it: the STOP behind the end of a code is not shown, nor an instruction that could
/// not run for another reason than gas, a bad jump or a write in a static frame. For one
/// transaction.
class VmTracer final : public evm::Tracer {
public:
    /// `limit`: bytes of JSON; frames beyond it are cut off, and is_full() says so.
    explicit VmTracer(std::size_t limit) : limit_{limit} {}

    /// When the transaction has ended; the next one may follow.
    [[nodiscard]] std::string take_json();
    [[nodiscard]] bool is_full() const noexcept { return size_ > limit_; }

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
        std::string sub;  ///< Of the frame it started.
    };
    struct Frame {
        std::size_t code_size = 0;
        std::string text;  ///< The beginning of its JSON.
        bool has_operations = false;
        Pending pending;
    };

    void complete(Frame& frame, const evm::Step* next);
    void note_effects(const evm::Step& step, Pending& pending) const;

    std::size_t limit_;
    std::size_t size_ = 0;
    std::vector<Frame> frames_;
    std::string root_;
};

}  // namespace meta138::tracing
