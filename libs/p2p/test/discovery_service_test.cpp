// SPDX-License-Identifier: Apache-2.0
// On sockets of the loopback interface.
#include "discovery_service.hpp"

#include "base64.hpp"
#include "dns_client.hpp"
#include "dns_tree.hpp"
#include "record_file.hpp"
#include "udp_socket.hpp"

#include "meta138/crypto/keccak.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <system_error>

namespace meta138::p2p {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// Of this test alone, and gone with it.
class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "discovery-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error{"no temporary folder"};
        path_ = name;
    }
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

class DiscoveryServiceTest : public testing::Test {
protected:
    struct Running {
        crypto::SecretKey key = crypto::SecretKey::generate();
        telemetry::Metrics metrics;
        std::vector<Enode> found;
        std::optional<DiscoveryService> service;
    };

    static DiscoveryServiceOptions options() {
        DiscoveryServiceOptions result;
        result.listen_host = "127.0.0.1";
        result.udp_port = 0;
        result.tcp_port = 30303;
        return result;
    }

    Running& run(DiscoveryServiceOptions with) {
        auto& running = *all_.emplace_back(std::make_unique<Running>());
        running.service.emplace(io_, std::move(with), running.key, telemetry::Logger{},
                                running.metrics, [&running](const Discovery::FoundNode& found) {
                                    running.found.push_back(to_enode(found.node));
                                });
        running.service->start();
        return running;
    }

    /// Until it is true, at most so long: a bound for what goes wrong, not a measure.
    bool run_until(const std::function<bool()>& condition) {
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (!condition() && std::chrono::steady_clock::now() < deadline) io_.run_one_for(1s);
        return condition();
    }

    asio::io_context io_;
    std::vector<std::unique_ptr<Running>> all_;
};

TEST_F(DiscoveryServiceTest, nodes_find_each_other) {
    auto& first = run(options());
    auto with = options();
    with.bootnodes = {first.service->local()};
    auto& second = run(with);
    EXPECT_TRUE(run_until([&] { return !first.found.empty() && !second.found.empty(); }));
    EXPECT_EQ(first.found.at(0), second.service->local());
    EXPECT_EQ(second.found.at(0), first.service->local());
    EXPECT_THAT(second.service->sample(5), testing::ElementsAre(first.service->local()));
}

TEST_F(DiscoveryServiceTest, a_bootnode_may_have_a_name) {
    auto& first = run(options());
    auto with = options();
    with.bootnodes = {first.service->local()};
    with.bootnodes[0].host = "localhost";
    auto& second = run(with);
    EXPECT_TRUE(run_until([&] { return !second.found.empty(); }));
}

TEST_F(DiscoveryServiceTest, an_ipv6_socket_serves_beside_the_other) {
    auto with = options();
    with.listen_host_ipv6 = "::1";
    with.udp_port_ipv6 = 0;
    with.tcp_port_ipv6 = 30404;
    with.advertised_host_ipv6 = "::1";
    std::optional<Enode> bootnode;
    try {
        auto& first = run(with);
        EXPECT_EQ(first.service->record().ip6(), IpAddress::parse("::1"));
        EXPECT_EQ(first.service->record().tcp6(), 30404);
        bootnode = first.service->local();
        bootnode->host = "::1";
        bootnode->udp_port = first.service->record().udp6();
    } catch (const std::system_error& error) {
        GTEST_SKIP() << "no IPv6 here: " << error.what();
    }
    with.bootnodes = {*bootnode};
    auto& second = run(with);
    EXPECT_TRUE(run_until([&] { return !second.found.empty(); }));
    EXPECT_EQ(second.found.at(0).host, "::1");
    EXPECT_EQ(second.found.at(0).tcp_port, 30404);
}

/// A name server that knows a few names.
class NameServer : public std::enable_shared_from_this<NameServer> {
public:
    explicit NameServer(asio::io_context& io)
        : socket_{io, {.ip = *IpAddress::parse("127.0.0.1")}} {}

    void serve() {
        socket_.wait([self = shared_from_this()](const boost::system::error_code& error) {
            if (error) return;
            self->socket_.receive(
                [&](ByteView question, const UdpEndpoint& from) { self->answer(question, from); });
            self->serve();
        });
    }
    [[nodiscard]] UdpEndpoint endpoint() const { return socket_.local(); }
    void close() { socket_.close(); }

    std::map<std::string, std::string> texts;
    int to_be_lost = 0;

private:
    void answer(ByteView question, const UdpEndpoint& from) {
        if (to_be_lost-- > 0) return;
        std::string name;
        std::size_t place = 12;
        while (question[place] != 0) {
            if (!name.empty()) name += '.';
            name.append(
                question.begin() + static_cast<std::ptrdiff_t>(place) + 1,
                question.begin() + static_cast<std::ptrdiff_t>(place) + 1 + question[place]);
            place += question[place] + std::size_t{1};
        }
        Bytes out = to_bytes(question.first(place + 5));
        const auto text = texts.find(name);
        const bool known = text != texts.end();
        out[2] = 0x81;
        out[3] = known ? 0x80 : 0x83;
        out[7] = known ? 1 : 0;
        out[11] = 0;
        if (known) {
            const auto size = text->second.size();
            const auto data = size + size / 255 + 1;
            for (const auto byte : std::initializer_list<std::size_t>{0xc0, 12, 0, 16, 0, 1, 0, 0,
                                                                      0, 0, data >> 8, data & 0xff})
                out.push_back(static_cast<std::uint8_t>(byte));
            for (std::size_t i = 0; i <= size; i += 255) {
                const auto piece = text->second.substr(i, 255);
                out.push_back(static_cast<std::uint8_t>(piece.size()));
                out.insert(out.end(), piece.begin(), piece.end());
            }
        }
        socket_.send(out, from);
    }

    UdpSocket socket_;
};

TEST_F(DiscoveryServiceTest, nodes_of_a_tree_in_dns_are_found) {
    auto& first = run(options());
    // A tree of that one node.
    const auto server = std::make_shared<NameServer>(io_);
    const auto signer = crypto::SecretKey::generate();
    const auto put = [&](const std::string& text) {
        const auto hash = crypto::keccak256(as_bytes(text));
        const auto subdomain = encode_base32(ByteView{hash.bytes}.first(16));
        server->texts[subdomain + ".nodes.test"] = text;
        return subdomain;
    };
    const auto root = "enrtree-root:v1 e=" + put(first.service->record().text()) +
                      " l=" + put("enrtree-branch:") + " seq=1";
    const auto signature = crypto::sign(crypto::keccak256(as_bytes(root)), signer);
    Bytes bytes = to_bytes(signature.r.bytes);
    bytes.insert(bytes.end(), signature.s.begin(), signature.s.end());
    bytes.push_back(signature.y_parity);
    server->texts["nodes.test"] = root + " sig=" + encode_base64url(bytes);
    server->serve();

    auto with = options();
    with.name_servers = {server->endpoint()};
    with.dns_trees = {"enrtree://nonsense", to_string(DnsTreeUrl{.key = crypto::public_key(signer),
                                                                 .domain = "nodes.test"})};
    auto& second = run(with);
    EXPECT_TRUE(run_until([&] { return !second.found.empty(); }));
    EXPECT_EQ(second.found.at(0), first.service->local());
    server->close();
}

TEST_F(DiscoveryServiceTest, a_port_in_use_is_named) {
    auto& first = run(options());
    auto with = options();
    with.udp_port = first.service->udp_port();
    try {
        run(with);
        FAIL() << "bound twice";
    } catch (const std::system_error& error) {
        EXPECT_EQ(error.code(), std::errc::address_in_use);
        EXPECT_THAT(error.what(), HasSubstr("127.0.0.1:" + std::to_string(with.udp_port)));
    }
}

TEST_F(DiscoveryServiceTest, what_is_no_address_to_listen_on_is_named) {
    auto with = options();
    with.listen_host = "eth0";
    EXPECT_THAT([&] { run(with); }, testing::ThrowsMessage<std::system_error>(HasSubstr("'eth0'")));
}

TEST_F(DiscoveryServiceTest, the_record_is_kept_between_runs) {
    const TemporaryFolder directory;
    const auto key = crypto::SecretKey::generate();
    telemetry::Metrics metrics;
    auto with = options();
    with.directory = directory.path() / "node";
    const auto record_of = [&] {
        DiscoveryService service{io_, with, key, {}, metrics, [](const auto&) {}};
        service.start();
        with.udp_port = service.udp_port();
        return service.record();
    };
    const auto first = record_of();
    EXPECT_EQ(read_record(with.directory / "enr"), first);
    EXPECT_EQ(record_of(), first);
    with.tcp_port = 4;
    EXPECT_EQ(record_of().sequence(), first.sequence() + 1);
    // A file that somebody broke is no reason to stop.
    std::ofstream{with.directory / "enr"} << "enr:broken";
    EXPECT_GE(record_of().sequence(), first.sequence());
}

TEST_F(DiscoveryServiceTest, handlers_under_way_do_nothing_after_its_end) {
    auto& first = run(options());
    first.service.reset();
    io_.run_for(100ms);
    EXPECT_TRUE(io_.stopped());
}

TEST_F(DiscoveryServiceTest, a_name_server_that_is_silent_is_followed_by_the_next) {
    const auto silent = std::make_shared<NameServer>(io_);
    const auto server = std::make_shared<NameServer>(io_);
    server->texts["a.test"] = std::string(700, 'x');
    server->serve();
    const auto client =
        std::make_shared<DnsClient>(io_, std::vector{silent->endpoint(), server->endpoint()}, 50ms);
    std::optional<std::expected<std::vector<std::string>, DnsError>> answer;
    client->ask("a.test", [&](auto texts) { answer = std::move(texts); });
    EXPECT_TRUE(run_until([&] { return answer.has_value(); }));
    EXPECT_EQ(*answer, std::vector{std::string(700, 'x')});
    answer.reset();
    client->ask("b.test", [&](auto texts) { answer = std::move(texts); });
    EXPECT_TRUE(run_until([&] { return answer.has_value(); }));
    EXPECT_EQ(answer->error(), DnsError::no_such_name);
    client->stop();
    server->close();
}

TEST(ReadNameServers, reads_the_form_of_resolv_conf) {
    const TemporaryFolder folder;
    const auto file = (folder.path() / "resolv.conf").string();
    std::ofstream{file} << "# a comment\nsearch example.org\nnameserver 192.0.2.1\n"
                           "nameserver fe80::1%eth0\nnameserver 2001:db8::1\n";
    EXPECT_THAT(read_name_servers(file),
                testing::ElementsAre(UdpEndpoint{*IpAddress::parse("192.0.2.1"), 53},
                                     UdpEndpoint{*IpAddress::parse("2001:db8::1"), 53}));
    EXPECT_EQ(read_name_servers(file + "-not-there").size(), 1U);
}

TEST(ParseNatMethod, says_what_is_not_supported) {
    EXPECT_EQ(parse_nat_method("auto"), NatMethod::automatic);
    EXPECT_EQ(parse_nat_method("NONE"), NatMethod::none);
    EXPECT_EQ(parse_nat_method("MANUAL"), NatMethod::none);
    EXPECT_EQ(parse_nat_method("Docker"), NatMethod::automatic);
    EXPECT_EQ(parse_nat_method("KUBERNETES"), NatMethod::automatic);
    EXPECT_THAT(parse_nat_method("UPNP").error(), HasSubstr("not supported"));
    EXPECT_THAT(parse_nat_method("magic").error(), HasSubstr("'magic'"));
}

}  // namespace
}  // namespace meta138::p2p
