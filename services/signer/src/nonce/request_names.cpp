// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/request_names.hpp"

#include "meta138/crypto/sha256.hpp"

#include <vector>

namespace meta138::signer {

Hash32 hash_of_request_name(std::string_view text) {
    return crypto::sha256(as_bytes(text));
}

void RequestNames::add(const RequestName& request, const Hash32& transaction, bool is_signed) {
    erase(request.name);
    forget(transaction);
    const auto order = ++last_order_;
    by_name_[request.name] = {
        .known = {.content = request.content, .transaction = transaction, .is_signed = is_signed},
        .order = order};
    by_transaction_[transaction] = request.name;
    by_order_[order] = request.name;
    if (by_name_.size() > max_request_names) erase(Hash32{by_order_.begin()->second});
}

void RequestNames::mark_signed(const Hash32& transaction) {
    const auto found = by_transaction_.find(transaction);
    if (found != by_transaction_.end()) by_name_.at(found->second).known.is_signed = true;
}

void RequestNames::forget(const Hash32& transaction) {
    const auto found = by_transaction_.find(transaction);
    if (found != by_transaction_.end()) erase(Hash32{found->second});
}

void RequestNames::forget_unsigned() {
    std::vector<Hash32> names;
    for (const auto& [name, entry] : by_name_)
        if (!entry.known.is_signed) names.push_back(name);
    for (const auto& name : names) erase(name);
}

const RequestNames::Known* RequestNames::find(const Hash32& name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : &found->second.known;
}

void RequestNames::erase(const Hash32& name) {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return;
    by_order_.erase(found->second.order);
    by_transaction_.erase(found->second.known.transaction);
    by_name_.erase(found);
}

}  // namespace meta138::signer
