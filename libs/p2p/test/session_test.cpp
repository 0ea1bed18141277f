// SPDX-License-Identifier: Apache-2.0
#include "meta138/p2p/session.hpp"

#include "rlpx/base_messages.hpp"
#include "rlpx/compression.hpp"
#include "rlpx/ecies.hpp"
#include "rlpx/frames.hpp"
#include "scripted_random.hpp"

#include "meta138/codec/rlp/writer.hpp"

#include <gtest/gtest.h>

namespace meta138::p2p {
namespace {

using namespace std::chrono_literals;
using test::scripted_random;

const OfferedCapability eth68{.capability = {"eth", 68}, .message_count = 17};
const OfferedCapability eth69{.capability = {"eth", 69}, .message_count = 18};
const OfferedCapability istanbul{.capability = {"istanbul", 100}, .message_count = 22};

/// One end of a connection, and what has happened at it.
struct End {
    explicit End(std::uint8_t number, std::vector<OfferedCapability> offered = {eth68, istanbul})
        : key{crypto::SecretKey::from(Hash32{{number}}).value()},
          local{.key = &key,
                .client_id = "node " + std::to_string(number),
                .listen_port = 30303,
                .capabilities = std::move(offered)} {}

    [[nodiscard]] crypto::PublicKey id() const { return crypto::public_key(key); }

    template <typename T>
    [[nodiscard]] const T* last() const {
        return events.empty() ? nullptr : std::get_if<T>(&events.back());
    }
    [[nodiscard]] DisconnectReason closed_for() const {
        const auto* closed = last<Session::Closed>();
        return closed != nullptr ? closed->reason : DisconnectReason::unknown;
    }

    void take(std::vector<Session::Event> more) {
        for (auto& event : more) events.push_back(std::move(event));
    }

    crypto::SecretKey key;
    LocalPeer local;
    std::optional<Session> session;
    std::vector<Session::Event> events;
};

/// Two ends and what is between them. Bytes arrive in pieces of a given size.
class SessionTest : public testing::Test {
protected:
    void dial(const crypto::PublicKey& expected) {
        a.session = Session::initiate(a.local, expected, now, limits, scripted_random({}, 1));
        b.session = Session::accept(b.local, now, limits, scripted_random({}, 2));
    }
    void connect() {
        dial(b.id());
        exchange();
        ASSERT_NE(a.last<Session::Established>(), nullptr);
        ASSERT_NE(b.last<Session::Established>(), nullptr);
        a.events.clear();
        b.events.clear();
    }

    /// Until nobody has anything to say.
    void exchange() {
        while (a.session->output_size() + b.session->output_size() > 0) {
            deliver(a.session->take_output(), b);
            deliver(b.session->take_output(), a);
        }
    }
    void deliver(const Bytes& bytes, End& to) const {
        for (std::size_t at = 0; at < bytes.size(); at += piece)
            to.take(to.session->receive(
                ByteView{bytes}.subspan(at, std::min(piece, bytes.size() - at)), now));
    }

    Session::Limits limits;
    Session::Time now{};
    std::size_t piece = 1000;
    End a{1};
    End b{2};
};

/// A peer that speaks frames as no Session would, once the handshake is done.
class RawPeerTest : public SessionTest {
protected:
    void shake_hands() {
        b.session = Session::accept(b.local, now, limits, scripted_random({}, 2));
        const auto random = scripted_random({}, 3);
        const auto initiator = rlpx::Initiator::begin(a.key, b.id(), random);
        b.take(b.session->receive(initiator->auth(), now));
        const auto out = b.session->take_output();
        const auto done = initiator->receive(out);
        writer.emplace((*done)->secrets);
        reader.emplace((*done)->secrets);
        EXPECT_EQ(read_frames(ByteView{out}.subspan((*done)->consumed)).size(), 1);
    }
    void say_hello(std::uint64_t version = 5) {
        write(0x80, rlpx::encode_hello({.version = version,
                                        .client_id = "raw",
                                        .capabilities = {{"eth", 68}, {"istanbul", 100}},
                                        .listen_port = 0,
                                        .id = a.id()}));
    }

    void write(std::uint8_t code, ByteView payload) {
        const auto size = payload.size() + 1;
        Bytes frame(rlpx::frame_header_bytes + rlpx::frame_body_bytes(size));
        frame[rlpx::frame_header_bytes] = code;
        std::ranges::copy(payload, frame.begin() + rlpx::frame_header_bytes + 1);
        writer->seal(frame, size);
        b.take(b.session->receive(frame, now));
    }
    void write_compressed(std::uint8_t code, ByteView payload) { write(code, compressed(payload)); }

    static Bytes compressed(ByteView payload) {
        Bytes out(rlpx::max_compressed_size(payload.size()));
        out.resize(rlpx::compress(payload, out.data()));
        return out;
    }

    /// The contents of frames: code and payload.
    std::vector<Bytes> read_frames(ByteView bytes) {
        std::vector<Bytes> contents;
        auto buffer = to_bytes(bytes);
        std::span<std::uint8_t> rest{buffer};
        while (!rest.empty()) {
            const auto size = reader->open_header(rest.first<rlpx::frame_header_bytes>());
            rest = rest.subspan(rlpx::frame_header_bytes);
            const auto body = rest.first(rlpx::frame_body_bytes(size.value()));
            contents.push_back(to_bytes(reader->open_body(body, *size).value()));
            rest = rest.subspan(body.size());
        }
        return contents;
    }
    std::vector<Bytes> answer() { return read_frames(b.session->take_output()); }

    std::optional<rlpx::FrameWriter> writer;
    std::optional<rlpx::FrameReader> reader;
};

using SharedCapabilities = SessionTest;

TEST_F(SharedCapabilities, are_numbered_as_besu_numbers_them) {
    const OfferedCapability ibf{.capability = {"IBF", 1}, .message_count = 4};
    const OfferedCapability snap{.capability = {"snap", 1}, .message_count = 17};
    const OfferedCapability ours[] = {snap, istanbul, eth68, eth69, ibf};
    const auto offsets = [&](std::vector<Capability> theirs) {
        std::vector<unsigned> result;
        for (const auto& shared : shared_capabilities(ours, theirs))
            result.push_back(shared.offset);
        return result;
    };
    // eth, istanbul, snap: the table of offsets in use on QBFT networks.
    EXPECT_EQ(offsets({{"eth", 68}, {"istanbul", 100}, {"snap", 1}}),
              (std::vector<unsigned>{0x10, 0x21, 0x37}));
    EXPECT_EQ(offsets({{"snap", 1}, {"istanbul", 100}, {"eth", 69}, {"eth", 68}}),
              (std::vector<unsigned>{0x10, 0x22, 0x38}));
    EXPECT_EQ(offsets({{"IBF", 1}, {"eth", 69}, {"istanbul", 100}, {"snap", 1}}),
              (std::vector<unsigned>{0x10, 0x14, 0x26, 0x3c}));  // capitals sort first
}

TEST_F(SharedCapabilities, are_of_equal_name_and_version_and_the_highest) {
    const OfferedCapability ours[] = {eth68, eth69};
    const auto shared =
        shared_capabilities(ours, std::vector<Capability>{{"eth", 67}, {"eth", 68}, {"ETH", 69}});
    ASSERT_EQ(shared.size(), 1);
    EXPECT_EQ(shared[0].capability.version, 68);
    EXPECT_TRUE(shared_capabilities(ours, std::vector<Capability>{{"eth", 70}}).empty());
    EXPECT_TRUE(shared_capabilities(ours, {}).empty());
}

TEST_F(SessionTest, both_ends_are_established) {
    dial(b.id());
    exchange();
    const auto* at_a = a.last<Session::Established>();
    const auto* at_b = b.last<Session::Established>();
    ASSERT_TRUE(at_a != nullptr && at_b != nullptr);
    EXPECT_EQ(at_a->remote.client_id, "node 2");
    EXPECT_EQ(at_a->remote.id, b.id());
    EXPECT_EQ(at_b->remote.id, a.id());
    EXPECT_EQ(at_b->remote.listen_port, 30303);
    EXPECT_EQ(at_b->shared.size(), 2);
    EXPECT_EQ(a.session->remote_id(), b.id());
    EXPECT_EQ(b.session->remote_id(), a.id());
}

TEST_F(SessionTest, bytes_may_come_in_any_pieces) {
    for (const auto size : std::vector<std::size_t>{1, 7, 16, 33, 100000}) {
        piece = size;
        connect();
        EXPECT_TRUE(a.session->send(0, 3, Bytes(500, 9)));
        exchange();
        ASSERT_NE(b.last<Session::Message>(), nullptr) << size;
        EXPECT_EQ(b.last<Session::Message>()->payload, Bytes(500, 9));
    }
}

TEST_F(SessionTest, messages_arrive_with_their_capability_and_code) {
    connect();
    EXPECT_TRUE(a.session->send(1, 0x12, Bytes{0xc0}));
    EXPECT_TRUE(a.session->send(0, 0x00, Bytes{0xc1, 0x01}));
    EXPECT_TRUE(a.session->send(1, 0x15, {}));
    exchange();
    ASSERT_EQ(b.events.size(), 3);
    const auto& first = std::get<Session::Message>(b.events[0]);
    EXPECT_EQ(first.capability, 1);
    EXPECT_EQ(first.code, 0x12);
    EXPECT_EQ(first.payload, Bytes{0xc0});
    EXPECT_EQ(std::get<Session::Message>(b.events[1]).capability, 0);
    EXPECT_EQ(std::get<Session::Message>(b.events[1]).code, 0);
    EXPECT_EQ(std::get<Session::Message>(b.events[2]).code, 0x15);
    EXPECT_TRUE(std::get<Session::Message>(b.events[2]).payload.empty());
}

TEST_F(SessionTest, a_message_of_the_largest_size_passes_and_a_larger_one_is_not_sent) {
    limits.max_message_bytes = 100000;
    piece = 20000;
    connect();
    Bytes payload(limits.max_message_bytes);
    for (std::size_t i = 0; i < payload.size(); ++i)
        payload[i] = static_cast<std::uint8_t>(i * i * i >> 5);  // hardly compresses
    EXPECT_TRUE(a.session->send(0, 1, payload));
    exchange();
    ASSERT_NE(b.last<Session::Message>(), nullptr);
    EXPECT_EQ(b.last<Session::Message>()->payload, payload);

    payload.push_back(0);
    EXPECT_FALSE(a.session->send(0, 1, payload));
    EXPECT_EQ(a.session->output_size(), 0);
}

TEST_F(SessionTest, nothing_is_sent_before_it_is_established_or_after_it_is_closed) {
    dial(b.id());
    EXPECT_FALSE(a.session->send(0, 0, {}));
    exchange();
    a.session->disconnect(DisconnectReason::requested);
    EXPECT_FALSE(a.session->send(0, 0, {}));
}

TEST_F(SessionTest, a_disconnect_tells_the_other_end_why) {
    connect();
    a.session->disconnect(DisconnectReason::too_many_peers);
    exchange();
    ASSERT_NE(b.last<Session::Closed>(), nullptr);
    EXPECT_EQ(b.closed_for(), DisconnectReason::too_many_peers);
    EXPECT_TRUE(b.last<Session::Closed>()->by_remote);
    EXPECT_EQ(b.session->due(), Session::Time::max());
    EXPECT_TRUE(b.session->receive(Bytes{1, 2, 3}, now).empty());
    EXPECT_TRUE(b.session->on_time(b.session->due()).empty());
    EXPECT_EQ(b.session->output_size(), 0);
}

TEST_F(SessionTest, a_disconnect_before_the_hello_is_read_is_understood) {
    dial(b.id());
    deliver(a.session->take_output(), b);
    deliver(b.session->take_output(), a);
    EXPECT_NE(a.last<Session::Established>(), nullptr);
    b.session->disconnect(DisconnectReason::too_many_peers);  // without a look at a's Hello
    exchange();
    EXPECT_EQ(a.closed_for(), DisconnectReason::too_many_peers);
}

TEST_F(SessionTest, without_a_common_capability_there_is_nothing_to_talk_about) {
    b.local.capabilities = {{.capability = {"les", 4}, .message_count = 10}};
    dial(b.id());
    exchange();
    EXPECT_EQ(a.closed_for(), DisconnectReason::useless_peer);
    EXPECT_EQ(b.closed_for(), DisconnectReason::useless_peer);
}

TEST_F(SessionTest, dialling_another_node_than_meant_fails_in_the_handshake) {
    dial(End{3}.id());
    exchange();
    EXPECT_EQ(b.closed_for(), DisconnectReason::breach_of_protocol);
    EXPECT_TRUE(a.events.empty());
}

TEST_F(SessionTest, a_node_that_dials_itself_notices) {
    b.key = a.key.duplicate();
    dial(a.id());
    exchange();
    EXPECT_EQ(b.closed_for(), DisconnectReason::same_identity);
}

TEST_F(SessionTest, a_key_off_the_curve_is_not_dialled) {
    a.session = Session::initiate(a.local, {}, now, limits, scripted_random());
    EXPECT_EQ(a.session->output_size(), 0);
    a.take(a.session->on_time(now));
    a.take(a.session->receive(Bytes{1}, now));
    EXPECT_EQ(a.closed_for(), DisconnectReason::unexpected_identity);
}

TEST_F(SessionTest, silence_ends_the_handshake) {
    dial(b.id());
    EXPECT_EQ(b.session->due(), now + limits.handshake_timeout);
    EXPECT_TRUE(b.session->on_time(now + limits.handshake_timeout - 1ms).empty());
    b.take(b.session->on_time(now + limits.handshake_timeout));
    EXPECT_EQ(b.closed_for(), DisconnectReason::timeout);

    // Nor do bytes that trickle in, or a handshake without a Hello, buy time.
    const auto auth = a.session->take_output();
    b.session = Session::accept(b.local, now, limits, scripted_random());
    b.take(b.session->receive(auth, now + 9s));
    b.take(b.session->on_time(now + limits.handshake_timeout));
    EXPECT_EQ(b.closed_for(), DisconnectReason::timeout);
}

TEST_F(SessionTest, an_idle_peer_is_pinged_and_stays_if_it_answers) {
    connect();
    EXPECT_EQ(a.session->due(), now + limits.idle_before_ping);
    now += limits.idle_before_ping;
    EXPECT_TRUE(a.session->on_time(now).empty());
    EXPECT_GT(a.session->output_size(), 0);
    EXPECT_EQ(a.session->due(), now + limits.pong_timeout);
    exchange();
    EXPECT_EQ(a.session->due(), now + limits.idle_before_ping);
    EXPECT_TRUE(a.events.empty());
    EXPECT_TRUE(b.events.empty());
}

TEST_F(SessionTest, a_peer_that_does_not_answer_a_ping_is_dropped) {
    connect();
    now += limits.idle_before_ping;
    a.take(a.session->on_time(now));
    now += limits.pong_timeout;
    a.take(a.session->on_time(now));
    EXPECT_EQ(a.closed_for(), DisconnectReason::timeout);
    EXPECT_FALSE(a.last<Session::Closed>()->by_remote);
}

TEST_F(SessionTest, any_message_is_an_answer_to_a_ping) {
    connect();
    a.take(a.session->on_time(now += limits.idle_before_ping));
    std::ignore = a.session->take_output();
    b.session->send(0, 0, {});
    now += limits.pong_timeout - 1s;
    deliver(b.session->take_output(), a);
    EXPECT_TRUE(a.session->on_time(now + 1s).empty());
}

TEST_F(SessionTest, output_can_reuse_a_buffer) {
    connect();
    Bytes buffer;
    for (int i = 0; i < 3; ++i) {
        a.session->send(0, 1, Bytes(100, 1));
        a.session->take_output(buffer);
        EXPECT_GT(buffer.size(), 0);
        deliver(buffer, b);
    }
    EXPECT_EQ(b.events.size(), 3);
}

TEST_F(RawPeerTest, a_peer_of_an_older_version_is_not_compressed_for) {
    shake_hands();
    say_hello(4);
    ASSERT_NE(b.last<Session::Established>(), nullptr);
    write(0x11, Bytes{0xc0});
    ASSERT_NE(b.last<Session::Message>(), nullptr);
    EXPECT_EQ(b.last<Session::Message>()->payload, Bytes{0xc0});
    b.session->send(0, 2, Bytes{0xc1, 0x05});
    EXPECT_EQ(answer(), (std::vector<Bytes>{{0x12, 0xc1, 0x05}}));
}

TEST_F(RawPeerTest, a_peer_of_a_version_to_come_is_spoken_to_as_one_of_today) {
    shake_hands();
    say_hello(77);
    ASSERT_NE(b.last<Session::Established>(), nullptr);
    write_compressed(0x11, Bytes{0xc0});
    EXPECT_EQ(b.last<Session::Message>()->payload, Bytes{0xc0});
}

TEST_F(RawPeerTest, another_message_before_the_hello_is_a_breach) {
    shake_hands();
    write_compressed(0x10, Bytes{0xc0});
    EXPECT_EQ(b.closed_for(), DisconnectReason::breach_of_protocol);
    EXPECT_EQ(answer(), (std::vector<Bytes>{{0x01, 0x02, 0x04, 0xc1, 0x02}}));
}

TEST_F(RawPeerTest, a_ping_before_the_hello_is_a_breach) {
    shake_hands();
    write_compressed(0x02, Bytes{0xc0});
    EXPECT_EQ(b.closed_for(), DisconnectReason::breach_of_protocol);
}

TEST_F(RawPeerTest, a_second_hello_is_a_breach) {
    shake_hands();
    say_hello();
    say_hello();
    EXPECT_EQ(b.closed_for(), DisconnectReason::breach_of_protocol);
}

TEST_F(RawPeerTest, a_hello_with_the_identity_of_another_is_refused) {
    shake_hands();
    write(0x80, rlpx::encode_hello({.version = 5,
                                    .client_id = {},
                                    .capabilities = {{"eth", 68}},
                                    .listen_port = 0,
                                    .id = End{9}.id()}));
    EXPECT_EQ(b.closed_for(), DisconnectReason::unexpected_identity);
}

TEST_F(RawPeerTest, a_hello_that_is_too_long_is_refused_by_its_header) {
    shake_hands();
    Bytes frame(rlpx::frame_header_bytes + rlpx::frame_body_bytes(rlpx::max_hello_bytes + 2));
    writer->seal(frame, rlpx::max_hello_bytes + 2);
    b.take(b.session->receive(ByteView{frame}.first<rlpx::frame_header_bytes>(), now));
    EXPECT_EQ(b.closed_for(), DisconnectReason::breach_of_protocol);
}

TEST_F(RawPeerTest, a_frame_above_the_limit_is_refused_by_its_header) {
    limits.max_message_bytes = 1000;
    shake_hands();
    say_hello();
    Bytes frame(rlpx::frame_header_bytes + rlpx::frame_body_bytes(rlpx::max_frame_size));
    writer->seal(frame, rlpx::max_frame_size);
    b.take(b.session->receive(ByteView{frame}.first<rlpx::frame_header_bytes>(), now));
    EXPECT_EQ(b.closed_for(), DisconnectReason::breach_of_protocol);
}

TEST_F(RawPeerTest, a_frame_that_comes_ever_slower_is_not_waited_for) {
    shake_hands();
    say_hello();
    Bytes frame(rlpx::frame_header_bytes + rlpx::frame_body_bytes(100000));
    writer->seal(frame, 100000);
    const auto end = now + limits.frame_timeout;
    b.take(b.session->receive(ByteView{frame}.first(50000), now));
    for (std::size_t at = 50000; now < end - 5s; ++at) {
        now += 5s;
        b.take(b.session->receive(ByteView{frame}.subspan(at, 1), now));
    }
    EXPECT_EQ(b.session->due(), end);
    b.take(b.session->on_time(end));
    EXPECT_EQ(b.closed_for(), DisconnectReason::timeout);
}

TEST_F(RawPeerTest, a_code_that_nobody_has_is_refused) {
    for (const auto code : std::vector<std::uint8_t>{0x37, 0x7f, 0xb8}) {
        shake_hands();
        say_hello();
        write_compressed(code, Bytes{0xc0});
        EXPECT_EQ(b.closed_for(), DisconnectReason::breach_of_protocol) << unsigned{code};
    }
}

TEST_F(RawPeerTest, codes_of_the_base_protocol_without_a_meaning_are_ignored) {
    shake_hands();
    say_hello();
    b.events.clear();
    for (std::uint8_t code = 4; code < 0x10; ++code) write(code, Bytes{1, 2, 3});
    EXPECT_TRUE(b.events.empty());
}

TEST_F(RawPeerTest, a_message_that_is_not_compressed_is_refused) {
    shake_hands();
    say_hello();
    write(0x11, Bytes{0xc1, 0x05});
    EXPECT_EQ(b.closed_for(), DisconnectReason::breach_of_protocol);
}

TEST_F(RawPeerTest, a_compressed_bomb_is_refused) {
    limits.max_message_bytes = 100000;
    shake_hands();
    say_hello();
    write_compressed(0x11, Bytes(limits.max_message_bytes + 1));
    EXPECT_EQ(b.closed_for(), DisconnectReason::breach_of_protocol);
    EXPECT_LT(compressed(Bytes(limits.max_message_bytes + 1)).size(), 10000);
}

TEST_F(RawPeerTest, a_disconnect_is_understood_compressed_or_not) {
    const std::pair<std::uint8_t, bool> ways[] = {{0x04, false}, {0x04, true}};
    for (const auto& [reason, compress] : ways) {
        for (const auto& payload : {Bytes{0xc1, reason}, Bytes{reason}}) {
            shake_hands();
            say_hello();
            if (compress)
                write_compressed(0x01, payload);
            else
                write(0x01, payload);
            EXPECT_EQ(b.closed_for(), DisconnectReason::too_many_peers);
            EXPECT_TRUE(b.last<Session::Closed>()->by_remote);
            EXPECT_EQ(b.session->output_size(), 0);
        }
    }
}

TEST_F(RawPeerTest, a_disconnect_instead_of_a_hello_is_understood) {
    shake_hands();
    write(0x01, Bytes{0xc1, 0x04});
    EXPECT_EQ(b.closed_for(), DisconnectReason::too_many_peers);
}

TEST_F(RawPeerTest, a_flood_of_pings_gets_one_pong_at_a_time) {
    shake_hands();
    say_hello();
    for (int i = 0; i < 1000; ++i) write_compressed(0x02, Bytes{0xc0});
    EXPECT_EQ(answer(), (std::vector<Bytes>{{0x03, 0x01, 0x00, 0xc0}}));
    write_compressed(0x02, Bytes{0xc0});
    EXPECT_EQ(answer().size(), 1);
}

TEST_F(RawPeerTest, a_ping_without_a_list_is_answered) {  // as Besu's
    shake_hands();
    say_hello();
    write_compressed(0x02, {});
    EXPECT_EQ(answer().size(), 1);
}

TEST_F(RawPeerTest, a_forged_frame_ends_the_connection_without_an_answer) {
    shake_hands();
    say_hello();
    b.take(b.session->receive(Bytes(rlpx::frame_header_bytes, 0x55), now));
    EXPECT_EQ(b.closed_for(), DisconnectReason::breach_of_protocol);
    EXPECT_EQ(b.session->output_size(), 0);
}

TEST_F(RawPeerTest, garbage_instead_of_a_handshake_ends_the_connection) {
    b.session = Session::accept(b.local, now, limits, scripted_random());
    b.take(b.session->receive(Bytes(3000, 0x47), now));  // "GET ..." and the like
    EXPECT_EQ(b.closed_for(), DisconnectReason::breach_of_protocol);
    EXPECT_EQ(b.session->output_size(), 0);
}

}  // namespace
}  // namespace meta138::p2p
