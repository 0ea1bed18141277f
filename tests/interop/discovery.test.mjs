// SPDX-License-Identifier: Apache-2.0
// Discovery v4 between @ethereumjs/devp2p and the node.
import { DPT } from '@ethereumjs/devp2p';
import { bytesToHex } from '@ethereumjs/util';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { after, afterEach, before, describe, it } from 'node:test';
import { startValidator, until } from './support/chain.mjs';

function freePort() {
  return new Promise((resolve) => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

describe('discovery with @ethereumjs/devp2p', () => {
  let node;
  const tables = [];
  before(async () => { node = await startValidator(); });
  after(() => node?.stop());
  afterEach(() => tables.splice(0).forEach((table) => table.destroy()));

  const newTable = async () => {
    const port = await freePort();
    const table = new DPT(randomBytes(32), {
      endpoint: { address: '127.0.0.1', udpPort: port, tcpPort: port },
      timeout: 4000,
      refreshInterval: 5000,
    });
    table.events.on('error', () => {});
    table.bind(port, '127.0.0.1');
    tables.push(table);
    return table;
  };
  const contact = () => ({ address: node.enode.address, udpPort: node.enode.udpPort,
    tcpPort: node.enode.tcpPort });

  it('answers a ping with a pong of its key', async () => {
    const found = await (await newTable()).addPeer(contact());
    assert.equal(bytesToHex(found.id), bytesToHex(node.enode.id));
  });

  it('tells one about another', async () => {
    const first = await newTable();
    await first.bootstrap(contact());
    const second = await newTable();
    await second.bootstrap(contact());
    await until(async () => {
      await second.refresh();
      return second.getPeers().some((peer) => bytesToHex(peer.id) === bytesToHex(first.id));
    }, 'the first in the table of the second', 60000);
  });
});
