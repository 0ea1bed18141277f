// SPDX-License-Identifier: Apache-2.0
#include "meta138/rpc/answer.hpp"

#include <utility>

namespace meta138::rpc {

Answer::Answer(std::string& text, Outlet outlet) : text_{text}, outlet_{std::move(outlet)} {}

bool Answer::release() {
    if (text_.size() < piece_bytes || !outlet_) return true;
    if (is_abandoned_) return false;
    const auto begin = std::chrono::steady_clock::now();
    is_abandoned_ = !outlet_(text_);
    waited_ += std::chrono::steady_clock::now() - begin;
    left_ += text_.size();
    text_.clear();
    return !is_abandoned_;
}

bool Answer::rewind(std::size_t size) {
    if (size < left_) return false;
    text_.resize(size - left_);
    return true;
}

}  // namespace meta138::rpc
