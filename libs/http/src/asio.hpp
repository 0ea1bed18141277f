// SPDX-License-Identifier: Apache-2.0
#pragma once

// What of Asio the server uses, under short names.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>

namespace meta138::http {

namespace asio = boost::asio;

/// Completions are values: a reset connection is no exception.
inline constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

/// For co_spawn: what escapes a connection's coroutine is nobody's to handle.
inline void rethrow(const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
}

using Socket = asio::generic::stream_protocol::socket;

}  // namespace meta138::http
