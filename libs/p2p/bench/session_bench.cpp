// SPDX-License-Identifier: Apache-2.0
#include "rlpx/compression.hpp"
#include "rlpx/frames.hpp"

#include "meta138/crypto/random.hpp"
#include "meta138/p2p/session.hpp"

#include <benchmark/benchmark.h>

namespace meta138::p2p {
namespace {

const auto key_a = crypto::SecretKey::from(Hash32{{1}}).value();
const auto key_b = crypto::SecretKey::from(Hash32{{2}}).value();

LocalPeer local_peer(const crypto::SecretKey& key) {
    return {.key = &key,
            .client_id = "bench",
            .listen_port = 0,
            .capabilities = {{.capability = {.name = "eth", .version = 68}, .message_count = 17}}};
}

/// Half as compressible as text: what blocks are like.
Bytes some_payload(std::size_t size) {
    Bytes payload(size);
    for (std::size_t i = 0; i < size; ++i)
        payload[i] = i % 64 < 32 ? std::uint8_t{0} : static_cast<std::uint8_t>(i * i * i >> 7);
    return payload;
}

struct Connection {
    LocalPeer local_a = local_peer(key_a);
    LocalPeer local_b = local_peer(key_b);
    Session::Time now{};
    Session a = Session::initiate(local_a, crypto::public_key(key_b), now, {}, crypto::fill_random);
    Session b = Session::accept(local_b, now, {}, crypto::fill_random);

    void establish() {
        while (a.output_size() + b.output_size() > 0) {
            benchmark::DoNotOptimize(b.receive(a.take_output(), now));
            benchmark::DoNotOptimize(a.receive(b.take_output(), now));
        }
    }
};

/// Both sides, from nothing to two Hellos.
void connect(benchmark::State& state) {
    for (auto _ : state) {
        Connection connection;
        connection.establish();
    }
}
BENCHMARK(connect)->Unit(benchmark::kMicrosecond);

/// Both sides: compressed, sealed, opened, decompressed.
void exchange_messages(benchmark::State& state) {
    Connection connection;
    connection.establish();
    const auto payload = some_payload(static_cast<std::size_t>(state.range(0)));
    Bytes buffer;
    for (auto _ : state) {
        connection.a.send(0, 2, payload);
        connection.a.take_output(buffer);
        benchmark::DoNotOptimize(connection.b.receive(buffer, connection.now));
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(exchange_messages)->Arg(200)->Arg(10'000)->Arg(1'000'000);

/// One side, without compression.
void seal_frame(benchmark::State& state) {
    rlpx::Secrets secrets;
    rlpx::FrameWriter writer{secrets};
    const auto size = static_cast<std::size_t>(state.range(0));
    Bytes frame(rlpx::frame_header_bytes + rlpx::frame_body_bytes(size));
    for (auto _ : state) writer.seal(frame, size);
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(seal_frame)->Arg(200)->Arg(10'000)->Arg(1'000'000);

void compress(benchmark::State& state) {
    const auto payload = some_payload(static_cast<std::size_t>(state.range(0)));
    Bytes out(rlpx::max_compressed_size(payload.size()));
    for (auto _ : state) benchmark::DoNotOptimize(rlpx::compress(payload, out.data()));
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(compress)->Arg(200)->Arg(10'000)->Arg(1'000'000);

void decompress(benchmark::State& state) {
    const auto payload = some_payload(static_cast<std::size_t>(state.range(0)));
    Bytes compressed(rlpx::max_compressed_size(payload.size()));
    compressed.resize(rlpx::compress(payload, compressed.data()));
    for (auto _ : state) benchmark::DoNotOptimize(rlpx::decompress(compressed, payload.size()));
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(decompress)->Arg(200)->Arg(10'000)->Arg(1'000'000);

}  // namespace
}  // namespace meta138::p2p
