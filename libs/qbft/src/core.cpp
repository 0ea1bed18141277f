// SPDX-License-Identifier: Apache-2.0
#include "meta138/qbft/core.hpp"

#include "core_implementation.hpp"

#include <utility>

namespace meta138::qbft {

Core::Core(CoreSettings settings, std::optional<SafetyRecord> record)
    : implementation_{std::make_unique<Implementation>(std::move(settings), std::move(record))} {}

Core::~Core() = default;
Core::Core(Core&&) noexcept = default;
Core& Core::operator=(Core&&) noexcept = default;

Actions Core::start_height(HeightSettings height, const Instant& now) {
    implementation_->start_height(std::move(height), now);
    return implementation_->take();
}

void Core::stop() {
    implementation_->stop();
}

Actions Core::on_message(MessageCode code, ByteView payload, const Address& from,
                         const Instant& now) {
    implementation_->on_message(code, payload, from, now);
    return implementation_->take();
}

Actions Core::on_built(std::uint64_t number, std::uint32_t round,
                       std::shared_ptr<const Block> block, const Instant& now) {
    if (auto* const participant = implementation_->participant())
        participant->on_built(number, round, std::move(block), now);
    return implementation_->take();
}

Actions Core::on_validated(const Hash32& hash, bool is_valid, const Instant& now) {
    if (auto* const participant = implementation_->participant())
        participant->on_validated(hash, is_valid, now);
    return implementation_->take();
}

Actions Core::on_import_failed(const Hash32& hash, const Instant& now) {
    if (auto* const participant = implementation_->participant())
        participant->on_import_failed(hash, now);
    return implementation_->take();
}

Actions Core::on_transactions(const Instant& now) {
    if (auto* const participant = implementation_->participant()) participant->on_transactions(now);
    return implementation_->take();
}

Actions Core::on_connected(const Address& peer, const Instant& now) {
    implementation_->on_connected(peer, now);
    return implementation_->take();
}

Actions Core::on_time(const Instant& now) {
    implementation_->on_time(now);
    return implementation_->take();
}

std::optional<std::chrono::milliseconds> Core::due_in(const Instant& now) const {
    return implementation_->due_in(now);
}

Core::Status Core::status() const {
    return implementation_->status();
}

Actions Core::reset_round_timer(const Instant& now) {
    if (auto* const participant = implementation_->participant())
        participant->reset_round_timer(now);
    return implementation_->take();
}

}  // namespace meta138::qbft
