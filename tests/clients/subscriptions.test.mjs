// SPDX-License-Identifier: Apache-2.0
// WebSocket subscriptions held open under load
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { it } from 'node:test';
import WebSocket from 'ws';
import { accounts, call, post, withNode } from './support/node.mjs';

/** A WebSocket that speaks JSON-RPC and keeps the notifications it gets. */
async function open(url) {
  const socket = new WebSocket(url);
  const waiting = new Map();
  const client = { socket, notifications: [], next: 1 };
  socket.on('message', (text) => {
    const message = JSON.parse(text);
    if (message.method === 'eth_subscription') client.notifications.push(message.params.result);
    else waiting.get(message.id)?.(message);
  });
  client.call = (method, params = []) => new Promise((resolve, reject) => {
    const id = client.next++;
    waiting.set(id, (message) => (message.error ? reject(message.error) : resolve(message.result)));
    socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return client;
}

async function until(condition, what) {
  for (let i = 0; i < 300; ++i) {
    if (condition()) return;
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  assert.fail(`never happened: ${what}`);
}

it('gives every subscriber every block in order while others keep the node busy', async () => {
  await withNode([], async (node) => {
    const subscribers = await Promise.all(Array.from({ length: 50 }, () => open(node.ws)));
    await Promise.all(subscribers.map((client) => client.call('eth_subscribe', ['newHeads'])));
    let stop = false;
    let answered = 0;
    const load = Array.from({ length: 8 }, async () => {
      while (!stop) {
        const answers = await post(node.http, Array.from({ length: 50 }, (_, id) => (
          { jsonrpc: '2.0', id, method: 'eth_getBalance', params: [accounts[0].address, 'latest'] })));
        answered += answers.length;
      }
    });
    const blocks = 40;
    for (let i = 0; i < blocks; ++i) await call(node.http, 'evm_mine');
    await until(() => subscribers.every((client) => client.notifications.length >= blocks),
      'all blocks arrive');
    stop = true;
    await Promise.all(load);
    for (const client of subscribers)
      assert.deepEqual(client.notifications.map((block) => Number(block.number)),
        Array.from({ length: blocks }, (_, i) => i + 1));
    assert.ok(answered > 0);
    for (const client of subscribers) client.socket.close();
  });
});

it('speaks HTTP and WebSocket on one port of a development chain', async () => {
  await withNode([], async (node) => {
    const client = await open(`ws://127.0.0.1:${node.httpPort}`);
    assert.equal(await client.call('eth_chainId'), '0x8a');
    client.socket.close();
  });
});

it('ends subscriptions on request and with the connection', async () => {
  await withNode([], async (node) => {
    const client = await open(node.ws);
    const id = await client.call('eth_subscribe', ['newHeads']);
    assert.equal(await client.call('eth_unsubscribe', [id]), true);
    await assert.rejects(client.call('eth_unsubscribe', [id]),
      (error) => error.code === -32000 && error.message === 'Subscription not found');
    await call(node.http, 'evm_mine');
    await client.call('eth_blockNumber');
    assert.equal(client.notifications.length, 0);
    client.socket.close();
  });
});

it('drops a subscriber that does not read, and nobody else notices', async () => {
  await withNode(['--rpc-http-max-batch-size=5000'], async (node) => {
    // A raw socket: the handshake, one subscription, and not a byte read after that.
    const deaf = connect(node.wsPort, '127.0.0.1');
    await new Promise((resolve) => { deaf.once('connect', resolve); });
    deaf.write('GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n');
    await new Promise((resolve) => { deaf.once('data', resolve); });
    const text = Buffer.from(JSON.stringify(
      { jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params: ['newHeads'] }));
    deaf.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]));
    await new Promise((resolve) => { deaf.once('data', resolve); });
    deaf.pause();

    const client = await open(node.ws);
    await client.call('eth_subscribe', ['newHeads']);
    const blocks = 2000;
    await call(node.http, 'hardhat_mine', [`0x${blocks.toString(16)}`]);
    await until(() => client.notifications.length >= blocks, 'the reader gets its blocks');
    assert.ok(node.residentBytes() < 300 << 20);
    client.socket.close();
    deaf.destroy();
  });
});

it('closes its WebSockets as going away when it stops', async () => {
  await withNode([], async (node) => {
    const client = await open(node.ws);
    const code = new Promise((resolve) => { client.socket.once('close', resolve); });
    assert.equal(await node.stop(), 0);
    assert.equal(await code, 1001);
  });
});
