// SPDX-License-Identifier: Apache-2.0
#include "meta138/p2p/session.hpp"

#include "rlpx/base_messages.hpp"
#include "rlpx/compression.hpp"
#include "rlpx/frames.hpp"
#include "rlpx/handshake.hpp"

#include "meta138/base/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace meta138::p2p {
namespace {

using rlpx::BaseCode;
using rlpx::frame_body_bytes;
using rlpx::frame_header_bytes;

constexpr std::uint64_t p2p_version = 5;
constexpr std::uint64_t first_version_with_snappy = 5;
/// Buffers larger than this are given back once they are empty: most connections are idle.
constexpr std::size_t kept_buffer_bytes = std::size_t{64} << 10;

const Bytes empty_list = {0xc0};

}  // namespace

class Session::Implementation {
public:
    Implementation(const LocalPeer& local, Time now, const Limits& limits, Random random)
        : local_{&local},
          limits_{limits},
          random_{std::move(random)},
          now_{now},
          deadline_{now + limits.handshake_timeout} {
        META138_ASSERT(local.key != nullptr);
        META138_ASSERT(1 + rlpx::max_compressed_size(limits.max_message_bytes) <=
                       rlpx::max_frame_size);
    }

    void initiate(const crypto::PublicKey& remote);
    void accept() { recipient_.emplace(*local_->key); }

    void receive(ByteView bytes, Time now);
    void on_time(Time now);
    bool send(std::size_t capability, std::uint8_t code, ByteView payload);
    void disconnect(DisconnectReason reason);

    std::vector<Event> take_events() { return std::exchange(events_, {}); }
    void take_output(Bytes& into);

    [[nodiscard]] Time due() const {
        if (state_ == State::closed) return Time::max();
        return frame_size_ ? std::min(deadline_, frame_deadline_) : deadline_;
    }
    [[nodiscard]] std::size_t output_size() const noexcept { return out_.size(); }
    [[nodiscard]] const std::optional<crypto::PublicKey>& remote_id() const { return proven_; }

private:
    enum class State : std::uint8_t { handshake, hello, established, closed };

    // Each takes one step from in_, from read_ on; false: it needs more bytes, or all is over.
    bool step();
    bool finish_handshake();
    bool read_header();
    bool read_body();

    void begin_frames(const rlpx::Secrets& secrets);
    void on_frame(ByteView content);
    void on_base_message(std::uint8_t code, ByteView payload);
    void on_hello(ByteView payload);
    void on_remote_disconnect(ByteView payload);
    void on_message(std::uint8_t code, ByteView payload);

    void write_frame(std::uint8_t code, ByteView payload, bool compressed);
    void write_base_message(BaseCode code, ByteView payload);
    /// Their fault, or silence.
    void fail(DisconnectReason reason, std::string detail);
    void close(DisconnectReason reason, bool by_remote, std::string detail);

    const LocalPeer* local_;
    Limits limits_;
    Session::Random random_;

    // During the handshake, one of the two.
    std::optional<rlpx::Initiator> initiator_;
    std::optional<rlpx::Recipient> recipient_;

    // After it.
    std::optional<rlpx::FrameReader> reader_;
    std::optional<rlpx::FrameWriter> writer_;
    std::optional<std::size_t> frame_size_;  // of the frame whose header has been read
    std::vector<SharedCapability> shared_;

    Bytes in_;
    std::size_t read_ = 0;  // how much of in_ has been dealt with
    Bytes out_;
    std::vector<Event> events_;

    Time now_;             // of the bytes that are being received
    Time deadline_;        // of the handshake; then of the ping, or of its answer
    Time frame_deadline_;  // while there is a frame_size_

    std::optional<crypto::PublicKey> proven_;
    State state_ = State::handshake;
    bool compresses_ = true;  // the peer's version is not known to be too old
    bool has_pong_ = false;   // in out_: one answers all pings so far
    bool awaits_pong_ = false;
};

void Session::Implementation::initiate(const crypto::PublicKey& remote) {
    proven_ = remote;  // nobody else can answer
    initiator_ = rlpx::Initiator::begin(*local_->key, remote, random_);
    if (!initiator_)
        return close(DisconnectReason::unexpected_identity, false,
                     "its public key is not on the curve");
    const auto auth = initiator_->auth();
    out_.assign(auth.begin(), auth.end());
}

void Session::Implementation::receive(ByteView bytes, Time now) {
    if (state_ == State::closed) return;
    if (state_ == State::established && !bytes.empty()) {
        deadline_ = now + limits_.idle_before_ping;
        awaits_pong_ = false;
    }
    now_ = now;
    in_.insert(in_.end(), bytes.begin(), bytes.end());
    while (step()) {
    }

    in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(read_));
    read_ = 0;
    if (state_ == State::closed || (in_.empty() && in_.capacity() > kept_buffer_bytes)) in_ = {};
}

bool Session::Implementation::step() {
    switch (state_) {
        case State::handshake: return finish_handshake();
        case State::hello:
        case State::established: return frame_size_ ? read_body() : read_header();
        case State::closed: return false;
    }
    return false;
}

bool Session::Implementation::finish_handshake() {
    const ByteView received = in_;
    const auto failed = [&](rlpx::HandshakeError error) {
        close(DisconnectReason::breach_of_protocol, false, std::string{to_string(error)});
        return false;
    };
    if (initiator_) {
        const auto done = initiator_->receive(received);
        if (!done) return failed(done.error());
        if (!*done) return false;
        read_ = (*done)->consumed;
        begin_frames((*done)->secrets);
        return true;
    }
    const auto done = recipient_->receive(received, random_);
    if (!done) return failed(done.error());
    if (!*done) return false;
    read_ = (*done)->consumed;
    proven_ = (*done)->remote;
    out_.insert(out_.end(), (*done)->ack.begin(), (*done)->ack.end());
    begin_frames((*done)->secrets);
    return true;
}

void Session::Implementation::begin_frames(const rlpx::Secrets& secrets) {
    reader_.emplace(secrets);
    writer_.emplace(secrets);
    initiator_.reset();
    recipient_.reset();
    state_ = State::hello;

    Hello hello{.version = p2p_version,
                .client_id = local_->client_id,
                .capabilities = {},
                .listen_port = local_->listen_port,
                .id = crypto::public_key(*local_->key)};
    for (const auto& offered : local_->capabilities)
        hello.capabilities.push_back(offered.capability);
    write_frame(static_cast<std::uint8_t>(BaseCode::hello), rlpx::encode_hello(hello), false);
}

bool Session::Implementation::read_header() {
    if (in_.size() - read_ < frame_header_bytes) return false;
    const auto header = std::span{in_}.subspan(read_).first<frame_header_bytes>();
    const auto size = reader_->open_header(header);
    if (!size) {
        // It cannot be told more: what it would be told is as little trusted.
        close(DisconnectReason::breach_of_protocol, false, "a frame header with a wrong MAC");
        return false;
    }
    const auto max_size = state_ == State::hello
                              ? 1 + rlpx::max_hello_bytes
                              : 1 + rlpx::max_compressed_size(limits_.max_message_bytes);
    if (*size == 0 || *size > max_size) {
        fail(DisconnectReason::breach_of_protocol,
             fmt::format("a frame of {} bytes, where 1 to {} are allowed", *size, max_size));
        return false;
    }
    frame_size_ = size;
    frame_deadline_ = now_ + limits_.frame_timeout;
    read_ += frame_header_bytes;
    return true;
}

bool Session::Implementation::read_body() {
    const auto bytes = frame_body_bytes(*frame_size_);
    if (in_.size() - read_ < bytes) return false;
    const auto content = reader_->open_body(std::span{in_}.subspan(read_, bytes), *frame_size_);
    if (!content) {
        close(DisconnectReason::breach_of_protocol, false, "a frame with a wrong MAC");
        return false;
    }
    read_ += bytes;
    frame_size_.reset();
    on_frame(*content);
    return true;
}

void Session::Implementation::on_frame(ByteView content) {
    // The code is an RLP integer; all that are in use are one byte. Some write zero as it is.
    const std::uint8_t code = content[0] == 0x80 ? std::uint8_t{0} : content[0];
    const auto payload = content.subspan(1);
    if (code > 0x7f)
        return fail(DisconnectReason::breach_of_protocol,
                    fmt::format("a message code that begins with 0x{:02x}", code));
    if (code < rlpx::base_codes) return on_base_message(code, payload);
    on_message(code, payload);
}

void Session::Implementation::on_base_message(std::uint8_t code, ByteView payload) {
    if (state_ == State::hello && code > static_cast<std::uint8_t>(BaseCode::disconnect))
        return fail(DisconnectReason::breach_of_protocol,
                    fmt::format("message 0x{:02x} where a Hello belongs", code));
    switch (static_cast<BaseCode>(code)) {
        case BaseCode::hello: return on_hello(payload);
        case BaseCode::disconnect: return on_remote_disconnect(payload);
        case BaseCode::ping:
            // However many come before the socket takes the answer.
            if (!std::exchange(has_pong_, true)) write_base_message(BaseCode::pong, empty_list);
            return;
        case BaseCode::pong: return;  // receive() has noted that the peer lives
    }
    // The other codes of the base protocol have no meaning yet; geth ignores them too.
}

void Session::Implementation::on_hello(ByteView payload) {
    using enum DisconnectReason;
    if (state_ != State::hello) return fail(breach_of_protocol, "a second Hello");
    auto hello = rlpx::decode_hello(payload);
    if (!hello)
        return fail(breach_of_protocol, fmt::format("a bad Hello: {}", to_string(hello.error())));
    compresses_ = hello->version >= first_version_with_snappy;
    if (hello->id != *proven_)
        return fail(hello->id == crypto::PublicKey{} ? null_identity : unexpected_identity,
                    "a Hello with another identity than the handshake's");
    if (hello->id == crypto::public_key(*local_->key))
        return fail(same_identity, "it is this node itself");
    shared_ = shared_capabilities(local_->capabilities, hello->capabilities);
    if (shared_.empty()) return fail(useless_peer, "no capability in common");
    state_ = State::established;
    deadline_ = now_ + limits_.idle_before_ping;
    events_.emplace_back(Established{.remote = *std::move(hello), .shared = shared_});
}

void Session::Implementation::on_remote_disconnect(ByteView payload) {
    // Compressed or not: the sender may not have seen our Hello, and some never compress this one.
    auto reason = rlpx::decode_disconnect(payload);
    if (const auto plain = rlpx::decompress(payload, rlpx::max_hello_bytes);
        plain && rlpx::decode_disconnect(*plain) != DisconnectReason::unknown)
        reason = rlpx::decode_disconnect(*plain);
    close(reason, true, {});
}

void Session::Implementation::on_message(std::uint8_t code, ByteView payload) {
    const auto found = std::ranges::find_if(shared_, [&](const SharedCapability& shared) {
        return code >= shared.offset && code < shared.offset + shared.message_count;
    });
    if (state_ != State::established || found == shared_.end())
        return fail(DisconnectReason::breach_of_protocol,
                    fmt::format("message 0x{:02x}, which no shared capability has", code));

    Message message{.capability = static_cast<std::size_t>(found - shared_.begin()),
                    .code = static_cast<std::uint8_t>(code - found->offset),
                    .payload = {}};
    if (compresses_) {
        // Besu takes a first message that is not Snappy for plain, as an old Parity sent it. Nobody
        // in use does, and bytes with one meaning are safer than bytes with two.
        auto plain = rlpx::decompress(payload, limits_.max_message_bytes);
        if (!plain)
            return fail(DisconnectReason::breach_of_protocol,
                        fmt::format("message 0x{:02x} of {} bytes is not Snappy of at most {}",
                                    code, payload.size(), limits_.max_message_bytes));
        message.payload = *std::move(plain);
    } else if (payload.size() > limits_.max_message_bytes) {
        return fail(DisconnectReason::breach_of_protocol,
                    fmt::format("message 0x{:02x} of {} bytes", code, payload.size()));
    } else {
        message.payload = to_bytes(payload);
    }
    events_.emplace_back(std::move(message));
}

void Session::Implementation::on_time(Time now) {
    if (state_ == State::closed || now < due()) return;
    if (frame_size_ && now >= frame_deadline_)
        return fail(DisconnectReason::timeout, "a frame that does not end");
    if (state_ != State::established) return fail(DisconnectReason::timeout, "no Hello in time");
    if (awaits_pong_) return fail(DisconnectReason::timeout, "no answer to a ping");
    write_base_message(BaseCode::ping, empty_list);
    awaits_pong_ = true;
    deadline_ = now + limits_.pong_timeout;
}

bool Session::Implementation::send(std::size_t capability, std::uint8_t code, ByteView payload) {
    if (state_ != State::established || payload.size() > limits_.max_message_bytes) return false;
    META138_ASSERT(capability < shared_.size() && code < shared_[capability].message_count);
    write_frame(static_cast<std::uint8_t>(shared_[capability].offset + code), payload, compresses_);
    return true;
}

void Session::Implementation::disconnect(DisconnectReason reason) {
    if (state_ == State::closed) return;
    if (writer_) write_base_message(BaseCode::disconnect, rlpx::encode_disconnect(reason));
    state_ = State::closed;
}

void Session::Implementation::fail(DisconnectReason reason, std::string detail) {
    if (writer_) write_base_message(BaseCode::disconnect, rlpx::encode_disconnect(reason));
    close(reason, false, std::move(detail));
}

void Session::Implementation::close(DisconnectReason reason, bool by_remote, std::string detail) {
    state_ = State::closed;
    events_.emplace_back(
        Closed{.reason = reason, .by_remote = by_remote, .detail = std::move(detail)});
}

/// After our Hello: before theirs has come, they expect what our version says.
void Session::Implementation::write_base_message(BaseCode code, ByteView payload) {
    write_frame(static_cast<std::uint8_t>(code), payload, compresses_);
}

void Session::Implementation::write_frame(std::uint8_t code, ByteView payload, bool compressed) {
    const auto start = out_.size();
    const auto content = start + frame_header_bytes;
    out_.resize(content + 1 +
                (compressed ? rlpx::max_compressed_size(payload.size()) : payload.size()));
    out_[content] = code == 0 ? std::uint8_t{0x80} : code;
    auto* const body = out_.data() + content + 1;
    std::size_t size = 1;
    if (compressed) {
        size += rlpx::compress(payload, body);
    } else {
        std::ranges::copy(payload, body);
        size += payload.size();
    }
    out_.resize(content + frame_body_bytes(size));
    writer_->seal(std::span{out_}.subspan(start), size);
}

void Session::Implementation::take_output(Bytes& into) {
    into.clear();
    std::swap(into, out_);
    if (out_.capacity() > kept_buffer_bytes) out_ = {};
    has_pong_ = false;
}

Session::Session(std::unique_ptr<Implementation> implementation)
    : implementation_{std::move(implementation)} {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

Session Session::initiate(const LocalPeer& local, const crypto::PublicKey& remote, Time now,
                          const Limits& limits, const Random& random) {
    auto implementation = std::make_unique<Implementation>(local, now, limits, random);
    implementation->initiate(remote);
    return Session{std::move(implementation)};
}

Session Session::accept(const LocalPeer& local, Time now, const Limits& limits,
                        const Random& random) {
    auto implementation = std::make_unique<Implementation>(local, now, limits, random);
    implementation->accept();
    return Session{std::move(implementation)};
}

std::vector<Session::Event> Session::receive(ByteView bytes, Time now) {
    implementation_->receive(bytes, now);
    return implementation_->take_events();
}

std::vector<Session::Event> Session::on_time(Time now) {
    implementation_->on_time(now);
    return implementation_->take_events();
}

Session::Time Session::due() const {
    return implementation_->due();
}

bool Session::send(std::size_t capability, std::uint8_t code, ByteView payload) {
    return implementation_->send(capability, code, payload);
}

void Session::disconnect(DisconnectReason reason) {
    implementation_->disconnect(reason);
}

Bytes Session::take_output() {
    Bytes output;
    implementation_->take_output(output);
    return output;
}

void Session::take_output(Bytes& output) {
    implementation_->take_output(output);
}

std::size_t Session::output_size() const noexcept {
    return implementation_->output_size();
}

std::optional<crypto::PublicKey> Session::remote_id() const {
    return implementation_->remote_id();
}

}  // namespace meta138::p2p
