// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct ssl_st;

namespace meta138::http::test {

/// A client that knows nothing of the server's code: a blocking socket that gives up after a few
/// seconds, so that a server that never answers fails the test.
class Client {
public:
    /// To 127.0.0.1.
    explicit Client(std::uint16_t port);
    explicit Client(const std::string& unix_path);
    ~Client();
    Client(Client&& other) noexcept;
    Client& operator=(Client&&) = delete;

    struct Tls {
        std::string certificate_file = {};  ///< PEM, of the client; empty for none
        std::string key_file = {};
        int max_version = 0;
        std::string ciphers = {};
    };
    /// Whether the handshake succeeded (TLS 1.3 tells of a refused certificate only when reading).
    bool start_tls(const Tls& tls);
    bool start_tls() { return start_tls(Tls{}); }

    bool send(std::string_view bytes);
    /// The next `size` bytes, or fewer at the end of the stream.
    std::string read(std::size_t size);
    std::string read_until(std::string_view end);
    std::string read_to_end();
    /// The server has closed, without another byte.
    bool is_closed() { return read(1).empty(); }
    /// The stream ended with an error, not in order.
    [[nodiscard]] bool was_reset() const noexcept { return was_reset_; }
    void shutdown_write();
    /// Receive buffer as small as it can be, to become a slow consumer. Before connecting only.
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

    struct Response {
        unsigned status = 0;
        std::string head;
        std::string body;
        /// Lower-case name; empty if there is none.
        [[nodiscard]] std::string header(std::string_view name) const;
    };
    /// One response; status 0 if the stream ended first.
    Response response(bool without_body = false);
    Response post(std::string_view body, std::string_view headers = {},
                  std::string_view path = "/");
    Response get(std::string_view path, std::string_view headers = {});

    /// The handshake of RFC 6455; the status.
    Response upgrade(std::string_view headers = {}, std::string_view path = "/");

    struct Frame {
        unsigned opcode = 0;  ///< 0 also for: the stream has ended
        bool final = false;
        std::string payload;
        [[nodiscard]] unsigned close_code() const;
    };
    Frame frame();
    /// A masked text message.
    bool send_text(std::string_view text);

private:
    std::size_t receive(char* data, std::size_t size);

    int descriptor_ = -1;
    bool was_reset_ = false;
    ssl_st* ssl_ = nullptr;
    std::string buffered_;
};

/// A client's frame, whose first byte is FIN, RSV and opcode.
std::string masked_frame(unsigned first_byte, std::string_view payload);

}  // namespace meta138::http::test
