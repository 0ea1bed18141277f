// SPDX-License-Identifier: Apache-2.0
#include "signing_record.hpp"

#include "meta138/base/assert.hpp"

#include <utility>

namespace meta138::qbft {

SigningRecord::SigningRecord(std::optional<SafetyRecord> former)
    : record_{former ? *std::move(former) : SafetyRecord{}} {}

bool SigningRecord::start_height(std::uint64_t number) {
    if (number < record_.number) return false;
    resumes_ = number == record_.number;
    if (!resumes_) record_ = SafetyRecord{.number = number};
    return true;
}

bool SigningRecord::may_sign(Slot slot, std::uint32_t round, const Hash32& digest) const {
    if (round != record_.round) return round > record_.round;
    return !(record_.*slot) || *(record_.*slot) == digest;
}

bool SigningRecord::may_propose(std::uint32_t round, const Hash32& digest) const {
    return may_sign(&SafetyRecord::proposed, round, digest);
}

bool SigningRecord::may_prepare(std::uint32_t round, const Hash32& digest) const {
    return may_sign(&SafetyRecord::prepared, round, digest);
}

bool SigningRecord::may_commit(std::uint32_t round, const Hash32& digest) const {
    return may_sign(&SafetyRecord::committed, round, digest);
}

bool SigningRecord::may_change_round(std::uint32_t round) const {
    if (record_.certificate && record_.certificate->round >= round) return false;
    if (round != record_.round) return round > record_.round;
    return record_.round_change.empty();
}

bool SigningRecord::may_propose_anything(std::uint32_t round) const {
    return round > record_.round || (round == record_.round && !record_.proposed);
}

void SigningRecord::reach(std::uint32_t round) {
    META138_ASSERT(round >= record_.round);
    if (round == record_.round) return;
    record_.round = round;
    record_.proposed.reset();
    record_.prepared.reset();
    record_.committed.reset();
    record_.round_change.clear();
    is_changed_ = true;
}

void SigningRecord::note(Slot slot, std::uint32_t round, const Hash32& digest) {
    META138_ASSERT(may_sign(slot, round, digest));
    reach(round);
    if (record_.*slot == digest) return;
    record_.*slot = digest;
    is_changed_ = true;
}

void SigningRecord::proposed(std::uint32_t round, const Hash32& digest) {
    note(&SafetyRecord::proposed, round, digest);
}

void SigningRecord::prepared(std::uint32_t round, const Hash32& digest) {
    note(&SafetyRecord::prepared, round, digest);
}

void SigningRecord::committed(std::uint32_t round, const Hash32& digest) {
    note(&SafetyRecord::committed, round, digest);
}

void SigningRecord::changed_round(std::uint32_t round, Bytes encoded) {
    META138_ASSERT(may_change_round(round));
    reach(round);
    record_.round_change = std::move(encoded);
    is_changed_ = true;
}

void SigningRecord::keep(const PreparedCertificate& certificate) {
    if (record_.certificate && record_.certificate->round >= certificate.round) return;
    record_.certificate = certificate;
    is_changed_ = true;
}

bool SigningRecord::take_changed() noexcept {
    return std::exchange(is_changed_, false);
}

}  // namespace meta138::qbft
