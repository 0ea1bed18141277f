// SPDX-License-Identifier: Apache-2.0
#include "node_table.hpp"

#include "address_rules.hpp"

#include <algorithm>
#include <bit>

namespace meta138::p2p::discv4 {
namespace {

Contact* find_in(std::vector<Contact>& contacts, const Hash32& hash) {
    const auto found = std::ranges::find(contacts, hash, &Contact::hash);
    return found == contacts.end() ? nullptr : &*found;
}

}  // namespace

bool is_closer(const Hash32& target, const Hash32& a, const Hash32& b) noexcept {
    for (std::size_t i = 0; i < target.size(); ++i) {
        const auto of_a = static_cast<std::uint8_t>(target[i] ^ a[i]);
        const auto of_b = static_cast<std::uint8_t>(target[i] ^ b[i]);
        if (of_a != of_b) return of_a < of_b;
    }
    return false;
}

NodeTable::NodeTable(const Hash32& self, const DiscoveryLimits& limits)
    : self_{self}, limits_{limits} {}

std::optional<std::size_t> NodeTable::bucket_of(const Hash32& hash) const noexcept {
    for (std::size_t i = 0; i < hash.size(); ++i) {
        const auto difference = static_cast<std::uint8_t>(self_[i] ^ hash[i]);
        if (difference != 0)
            return 255 - (8 * i + static_cast<std::size_t>(std::countl_zero(difference)));
    }
    return std::nullopt;
}

bool NodeTable::is_limited(const IpAddress& address) const noexcept {
    return limits_.also_private_ranges || !is_local(address);
}

bool NodeTable::range_has_room(const Bucket& bucket, const IpAddress& address) const {
    if (!is_limited(address)) return true;
    const auto range = range_of(address);
    const auto count = ranges_.find(range);
    if (count != ranges_.end() && count->second >= limits_.nodes_of_range) return false;
    const auto here = std::ranges::count_if(bucket.nodes, [&range](const Contact& contact) {
        return range_of(contact.node.endpoint.ip) == range;
    });
    return static_cast<std::size_t>(here) < limits_.nodes_of_range_in_bucket;
}

void NodeTable::count_range(const IpAddress& address, int by) {
    if (!is_limited(address)) return;
    const auto range = range_of(address);
    if (by > 0) {
        ++ranges_[range];
    } else if (--ranges_[range] == 0) {
        ranges_.erase(range);
    }
}

void NodeTable::insert(Bucket& bucket, Contact contact) {
    count_range(contact.node.endpoint.ip, 1);
    bucket.nodes.push_back(std::move(contact));
    ++size_;
}

void NodeTable::erase(Bucket& bucket, std::size_t index) {
    count_range(bucket.nodes[index].node.endpoint.ip, -1);
    bucket.nodes.erase(bucket.nodes.begin() + static_cast<std::ptrdiff_t>(index));
    --size_;
}

NodeTable::Added NodeTable::add(Contact contact) {
    const auto number = bucket_of(contact.hash);
    if (!number) return Added::refused;
    auto& bucket = buckets_[*number];
    if (!contact.is_bootnode && !range_has_room(bucket, contact.node.endpoint.ip))
        return Added::over_range;
    if (bucket.nodes.size() < bucket_size) {
        insert(bucket, std::move(contact));
        return Added::added;
    }
    const auto silent = std::ranges::max_element(bucket.nodes, {}, &Contact::failures);
    if (!silent->answers()) {
        erase(bucket, static_cast<std::size_t>(silent - bucket.nodes.begin()));
        insert(bucket, std::move(contact));
        return Added::replaced;
    }
    if (bucket.reserve.size() >= reserve_size) bucket.reserve.erase(bucket.reserve.begin());
    bucket.reserve.push_back(std::move(contact));
    return Added::in_reserve;
}

Contact* NodeTable::find(const Hash32& hash) {
    const auto number = bucket_of(hash);
    if (!number) return nullptr;
    auto& bucket = buckets_[*number];
    auto* const found = find_in(bucket.nodes, hash);
    return found != nullptr ? found : find_in(bucket.reserve, hash);
}

Contact* NodeTable::find_in_bucket(const Hash32& hash) {
    const auto number = bucket_of(hash);
    return number ? find_in(buckets_[*number].nodes, hash) : nullptr;
}

Contact* NodeTable::replace_silent(const Hash32& hash) {
    const auto number = bucket_of(hash);
    if (!number) return nullptr;
    auto& bucket = buckets_[*number];
    auto* const silent = find_in(bucket.nodes, hash);
    if (silent == nullptr || silent->answers()) return nullptr;
    for (auto i = bucket.reserve.size(); i-- > 0;) {
        const auto& ip = bucket.reserve[i].node.endpoint.ip;
        if (!bucket.reserve[i].answers() || !range_has_room(bucket, ip)) continue;
        auto next = std::move(bucket.reserve[i]);
        bucket.reserve.erase(bucket.reserve.begin() + static_cast<std::ptrdiff_t>(i));
        erase(bucket, static_cast<std::size_t>(silent - bucket.nodes.data()));
        insert(bucket, std::move(next));
        return &bucket.nodes.back();
    }
    return nullptr;
}

void NodeTable::remove(const Hash32& hash) {
    const auto number = bucket_of(hash);
    if (!number) return;
    auto& bucket = buckets_[*number];
    std::erase_if(bucket.reserve, [&](const Contact& contact) { return contact.hash == hash; });
    if (const auto* const found = find_in(bucket.nodes, hash))
        erase(bucket, static_cast<std::size_t>(found - bucket.nodes.data()));
}

bool NodeTable::move(Contact& contact, const Node& node) {
    const auto number = bucket_of(contact.hash);
    auto& bucket = buckets_[*number];
    const bool in_bucket = find_in(bucket.nodes, contact.hash) == &contact;
    const auto& from = contact.node.endpoint.ip;
    const auto& to = node.endpoint.ip;
    if (range_of(from) != range_of(to) && in_bucket) {
        if (!contact.is_bootnode && !range_has_room(bucket, to)) return false;
        count_range(from, -1);
        count_range(to, 1);
    }
    contact.node = node;
    return true;
}

std::vector<const Contact*> NodeTable::closest(
    const Hash32& target, std::size_t count,
    const std::function<bool(const Contact&)>& wanted) const {
    std::vector<const Contact*> result;
    for (const auto& bucket : buckets_)
        for (const auto& contact : bucket.nodes)
            if (contact.answers() && wanted(contact)) result.push_back(&contact);
    const auto kept = std::min(count, result.size());
    std::ranges::partial_sort(result, result.begin() + static_cast<std::ptrdiff_t>(kept),
                              [&target](const Contact* a, const Contact* b) {
                                  return is_closer(target, a->hash, b->hash);
                              });
    result.resize(kept);
    return result;
}

std::vector<Contact*> NodeTable::contacts() {
    std::vector<Contact*> result;
    result.reserve(size_);
    for (auto& bucket : buckets_)
        for (auto& contact : bucket.nodes) result.push_back(&contact);
    return result;
}

std::vector<const Contact*> NodeTable::contacts() const {
    std::vector<const Contact*> result;
    result.reserve(size_);
    for (const auto& bucket : buckets_)
        for (const auto& contact : bucket.nodes) result.push_back(&contact);
    return result;
}

bool NodeTable::has_room(const Hash32& hash, const IpAddress& address) const {
    const auto number = bucket_of(hash);
    if (!number) return false;
    const auto& bucket = buckets_[*number];
    if (!range_has_room(bucket, address)) return false;
    return bucket.nodes.size() < bucket_size || bucket.reserve.size() < reserve_size ||
           std::ranges::any_of(bucket.nodes, [](const Contact& c) { return !c.answers(); });
}

}  // namespace meta138::p2p::discv4
