// SPDX-License-Identifier: Apache-2.0
// RLPx connections between @ethereumjs/devp2p and the node.
import { bytesToHex, hexToBytes } from '@ethereumjs/util';
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { chainId, commonOf, startValidator, until } from './support/chain.mjs';
import { OtherClient } from './support/peer.mjs';

const SUBPROTOCOL_ERROR = 0x10;
const BREACH_OF_PROTOCOL = 0x02;

describe('connections with @ethereumjs/devp2p', () => {
  let node;
  const clients = [];
  before(async () => { node = await startValidator(); });
  after(() => node?.stop());
  afterEach(() => clients.splice(0).forEach((client) => client.stop()));

  const newClient = async (genesisHash = node.genesisHash, options = {}) => {
    const client = await new OtherClient(genesisHash, options).start();
    clients.push(client);
    return client;
  };
  const peerCount = async () => Number(await node.ask('net_peerCount'));

  it('begin when it dials', async () => {
    const client = await newClient();
    const { hello, status, peer } = await client.dial(node.enode);
    assert.match(hello.clientId, /^Meta138/i);
    assert.equal(hello.protocolVersion, 5);
    assert.equal(bytesToHex(hello.id), bytesToHex(node.enode.id));
    assert.equal(bytesToHex(status.genesisHash), node.genesisHash);
    assert.equal(BigInt(bytesToHex(status.chainId)), BigInt(chainId));
    assert.deepEqual(peer.getProtocols().map((protocol) => protocol.getVersion?.() ?? 'istanbul'),
      [68, 'istanbul']);
    const peers = await until(async () => {
      const list = await node.ask('admin_peers');
      return list.length === 1 && list;
    }, 'the peer in admin_peers');
    assert.match(JSON.stringify(peers[0]), /ethereumjs-devp2p/);
  });

  it('begin when the node dials', async () => {
    const client = await newClient();
    const connected = client.next('connected');
    assert.equal(await node.ask('admin_addPeer', client.enode), true);
    const connection = await connected;
    assert.equal((await connection.headers(0, 1)).length, 1);
    assert.equal(await node.ask('admin_removePeer', client.enode), true);
    await until(async () => (await peerCount()) === 0, 'the end of the connection');
  });

  it('carry eth and istanbul side by side', async () => {
    const client = await newClient();
    const connection = await client.dial(node.enode);
    // Not a QBFT message, but in its place in the numbering: no breach of the connection's rules.
    for (let i = 0; i < 3; ++i) assert.equal((await connection.headers(0, 1)).length, 1);
    assert.equal(connection.istanbul.constructor.name, 'Istanbul');
  });

  it('do without istanbul', async () => {
    const client = await newClient(node.genesisHash, { withIstanbul: false });
    const connection = await client.dial(node.enode);
    assert.equal((await connection.headers(0, 1)).length, 1);
  });

  it('end with a reason when the chains differ', async () => {
    const other = `0x${'ab'.repeat(32)}`;
    const client = await newClient(other, { common: commonOf(other) });
    const closed = client.next('closed');
    client.dial(node.enode).catch(() => {});
    // The other client sees the difference too, and may be first to say so.
    const { reason, byUs } = await closed;
    if (!byUs) assert.equal(reason, SUBPROTOCOL_ERROR);
    await until(async () => (await peerCount()) === 0, 'the end of the connection');
  });

  it('end when a reserved code of istanbul is used', async () => {
    const client = await newClient();
    const connection = await client.dial(node.enode);
    const closed = client.next('closed');
    connection.istanbul.say(0x00, hexToBytes('0xc0'));
    assert.deepEqual(await closed, { reason: BREACH_OF_PROTOCOL, byUs: false });
  });

  it('end when the other side says so, and may begin again', async () => {
    const client = await newClient();
    (await client.dial(node.enode)).disconnect();
    await until(async () => (await peerCount()) === 0, 'the end of the connection');
    assert.ok(await client.dial(node.enode));
  });

  it('survive bytes that are no handshake', async () => {
    const { connect } = await import('node:net');
    for (const noise of ['GET / HTTP/1.1\r\n\r\n', Buffer.alloc(5000, 0x04), Buffer.alloc(1)]) {
      await new Promise((resolve) => {
        const socket = connect(node.enode.tcpPort, node.enode.address, () => socket.end(noise));
        socket.on('error', resolve).on('close', resolve).resume();
      });
    }
    assert.ok(await (await newClient()).dial(node.enode));
  });
});
