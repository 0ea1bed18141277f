// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/evm/tracer.hpp"
#include "meta138/types/fork.hpp"
#include "meta138/types/transaction.hpp"

#include <map>
#include <set>

namespace meta138::rpc {

/// The accounts and slots that a call looks at: what it may declare to pay less for them
/// (EIP-2930). Accounts that are warm anyway are there only with their slots.
class AccessListTracer final : public evm::Tracer {
public:
    explicit AccessListTracer(Fork fork) : fork_{fork} {}

    /// An account that is warm without being declared.
    void exclude(const Address& address) { warm_.insert(address); }
    [[nodiscard]] AccessList access_list() const;

    void on_step(const evm::Step& step) override;

private:
    void add(const Address& address);

    Fork fork_;
    std::set<Address> warm_;
    std::map<Address, std::set<uint256>> accounts_;
};

}  // namespace meta138::rpc
