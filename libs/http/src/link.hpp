// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "asio.hpp"
#include "channel.hpp"
#include "endpoint.hpp"
#include "io_thread.hpp"
#include "read_buffer.hpp"

#include <memory>
#include <string>

namespace meta138::http {

/// An accepted socket with all that belongs to it, whatever is spoken over it. Made and destroyed
/// on its io thread.
struct Link {
    Link(std::shared_ptr<IoThread> io_thread, std::shared_ptr<Endpoint> owner, int descriptor,
         std::string remote);
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    const std::shared_ptr<IoThread> thread;
    const std::shared_ptr<Endpoint> endpoint;
    const std::string remote_address;
    Socket socket;
    Channel channel;
    ReadBuffer in;

    /// Receives what is there, with room for `wanted` bytes.
    [[nodiscard]] Io receive(std::size_t wanted);

    /// Charges the endpoint for `in` and `extra` bytes; false if its budget is exhausted.
    [[nodiscard]] bool charge(std::size_t extra = 0) noexcept;

private:
    std::size_t charged_ = 0;
};

}  // namespace meta138::http
