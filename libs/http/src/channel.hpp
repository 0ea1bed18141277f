// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tls.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace meta138::http {

enum class Io : std::uint8_t {
    done,
    wants_read,   ///< try again when the socket is readable
    wants_write,  ///< try again when the socket is writable
    closed,       ///< the peer has ended the stream, or an error has
};

struct IoResult {
    Io io;
    std::size_t size = 0;
};

/// The bytes of a non-blocking socket, plain or through TLS. Whoever uses it waits for the socket.
class Channel {
public:
    /// Plain if `tls` is null. Does not own the descriptor.
    Channel(int descriptor, const TlsContext* tls);
    /// Through `ssl`, which it owns; plain if that is null. Does not own the descriptor.
    Channel(int descriptor, SSL* ssl) noexcept : descriptor_{descriptor}, ssl_{ssl} {}
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    [[nodiscard]] bool is_tls() const noexcept { return ssl_ != nullptr; }

    /// TLS only.
    [[nodiscard]] Io handshake();
    [[nodiscard]] SSL* tls() const noexcept { return ssl_; }
    [[nodiscard]] IoResult read(std::span<char> room);
    /// Writes from `first` and then `second`.
    [[nodiscard]] IoResult write(std::string_view first, std::string_view second = {});
    /// Ends our direction.
    void shutdown();
    /// Instead: the peer is to see an error when the socket is closed, and no end of the stream.
    void reset_at_close();
    /// Whether the peer has ended its direction or reset the connection. Does not read.
    [[nodiscard]] bool peer_has_gone() const;

    [[nodiscard]] std::string peer_name() const;

private:
    [[nodiscard]] IoResult result_of_tls(int result);

    int descriptor_;
    SSL* ssl_ = nullptr;
    bool broken_ = false;  // after a TLS error nothing more may be sent
};

}  // namespace meta138::http
