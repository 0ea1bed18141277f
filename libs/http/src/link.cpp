// SPDX-License-Identifier: Apache-2.0
#include "link.hpp"

namespace meta138::http {
namespace {

constexpr std::size_t free_of_charge = 16 * 1024;

}  // namespace

Link::Link(std::shared_ptr<IoThread> io_thread, std::shared_ptr<Endpoint> owner, int descriptor,
           std::string remote)
    : thread{std::move(io_thread)},
      endpoint{std::move(owner)},
      remote_address{std::move(remote)},
      socket{thread->context(), asio::generic::stream_protocol{AF_INET, SOCK_STREAM}, descriptor},
      channel{descriptor, endpoint->tls.get()} {}

Link::~Link() {
    endpoint->discharge(charged_);
    endpoint->leave();
    thread->load.fetch_sub(1, std::memory_order_relaxed);
}

Io Link::receive(std::size_t wanted) {
    const auto [io, size] = channel.read(in.room(wanted));
    if (io == Io::done) in.commit(size);
    return io;
}

bool Link::charge(std::size_t extra) noexcept {
    const auto now = in.capacity() + extra;
    const auto due = now > free_of_charge ? now : 0;
    if (due == charged_) return true;
    if (due < charged_) {
        endpoint->discharge(charged_ - due);
        charged_ = due;
        return true;
    }
    const auto fits = endpoint->charge(due - charged_);
    charged_ = due;
    return fits;
}

}  // namespace meta138::http
