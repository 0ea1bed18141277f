// SPDX-License-Identifier: Apache-2.0
// Strangers on the port where peers are expected.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { it } from 'node:test';
import { withNetwork } from './support/network.mjs';

/** Opens `count` connections, does `behave` with each, and resolves once all are closed by the other side. */
function strangers(port, count, behave) {
  return Promise.all(Array.from({ length: count }, () => new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => behave(socket));
    socket.on('error', () => {});
    socket.on('data', () => {});
    socket.on('close', resolve);
  })));
}

const garbage = (socket) => {
  socket.write(randomBytes(100_000));
};
const longHandshake = (socket) => {
  socket.write(Buffer.concat([Buffer.from([0xff, 0xff]), randomBytes(70_000)]));
};
const silence = () => {};
const drip = (socket) => {
  const timer = setInterval(() => socket.write(Buffer.from([1])), 500);
  socket.on('close', () => clearInterval(timer));
};

it('decides while strangers send garbage, hold handshakes open and come in hundreds', async () => {
  await withNetwork({ validators: 4 }, async (network) => {
    await network.reach(3);
    const [victim] = network.validators;
    const [port] = network.members.flatMap((each) => (each.links.has(victim) ? [each.links.get(victim).target] : []));
    const before = victim.node.residentBytes();
    const first = await network.height();
    const timeouts = await network.timeouts();
    await Promise.all([garbage, longHandshake, silence, drip].map((behave) => strangers(port, 100, behave)));
    const spent = await network.height() - first;
    // The slowest stranger is let go after the 10 s that a handshake may take.
    assert.ok(spent >= 5, `only ${spent} blocks meanwhile`);
    assert.equal(await network.timeouts(), timeouts);
    const growth = victim.node.residentBytes() - before;
    assert.ok(growth < 32 * 2 ** 20, `${growth} bytes more than before`);
    assert.equal(Number(await victim.call('net_peerCount')), 3);
    await network.progress(3);
  });
});
