// SPDX-License-Identifier: Apache-2.0
// What @ethereumjs/devp2p asks of the node's states; the answers are checked against the state root
// by hashing, and against JSON-RPC.
import { RLP } from '@ethereumjs/rlp';
import { bytesToBigInt, bytesToHex, hexToBytes, setLengthLeft } from '@ethereumjs/util';
import { keccak256 } from 'ethereum-cryptography/keccak.js';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { accounts } from '../clients/support/node.mjs';
import { startValidator, until } from './support/chain.mjs';
import { OtherClient } from './support/peer.mjs';

const ACCOUNT_RANGE = 0x00;
const STORAGE_RANGES = 0x02;
const BYTE_CODES = 0x04;
const TRIE_NODES = 0x06;
const BREACH_OF_PROTOCOL = 0x02;

const lowest = new Uint8Array(32);
const highest = new Uint8Array(32).fill(0xff);
const plenty = Uint8Array.of(0x10, 0x00, 0x00);

const contract = '0x00000000000000000000000000000000000c0de0';
const code = '0x60016002016000526020';
const slots = { '0x1': '0x2', '0x2': '0x80', '0x3': '0xffff' };
const word = (hex) => setLengthLeft(hexToBytes(`0x${hex.slice(2).padStart(64, '0')}`), 32);

const alloc = {
  [accounts[0].address]: { balance: '0x56bc75e2d63100000' },
  [contract]: {
    balance: '0x5',
    code,
    storage: Object.fromEntries(
      Object.entries(slots).map(([key, value]) => [bytesToHex(word(key)), bytesToHex(word(value))])),
  },
};

/** The value of a key as the nodes prove it, from the root on. */
function proven(root, key, nodes) {
  const byHash = new Map(nodes.map((node) => [bytesToHex(keccak256(node)), node]));
  const nibbles = [...key].flatMap((byte) => [byte >> 4, byte & 15]);
  for (let reference = root; ;) {
    const encoded = byHash.get(bytesToHex(reference));
    assert.ok(encoded, 'a node on the way to the key');
    const node = RLP.decode(encoded);
    if (node.length === 17) {
      reference = node[nibbles.shift()];
      continue;
    }
    const [path, value] = node;
    const flag = path[0] >> 4;
    const steps = [...path].flatMap((byte) => [byte >> 4, byte & 15]).slice(flag & 1 ? 1 : 2);
    assert.deepEqual(nibbles.splice(0, steps.length), steps);
    if (flag & 2) return value;
    reference = value;
  }
}

describe('the snap protocol with @ethereumjs/devp2p', () => {
  let node;
  const clients = [];
  before(async () => {
    node = await startValidator(['--snapsync-server-enabled'], { alloc });
    await until(async () => Number(await node.ask('eth_blockNumber')) >= 2, 'two blocks');
  });
  after(() => {
    for (const client of clients) client.stop();
    return node?.stop();
  });

  const dial = async (options = { withSnap: true }) => {
    const client = await new OtherClient(node.genesisHash, options).start();
    clients.push(client);
    const connection = await client.dial(node.enode);
    return { client, connection };
  };
  const rootOf = async (block = 'latest') =>
    hexToBytes((await node.ask('eth_getBlockByNumber', block, false)).stateRoot);

  it('is offered beside eth and istanbul, each at its place', async () => {
    const { connection } = await dial();
    assert.equal(connection.snap.getVersion(), 1);
    assert.equal((await connection.headers(0, 1)).length, 1);
    const [codes] = await connection.askSnap(BYTE_CODES, [[], plenty]);
    assert.deepEqual(codes, []);
  });

  it('serves accounts with their proof', async () => {
    const { connection } = await dial();
    const root = await rootOf();
    const [range, proof] =
      await connection.askSnap(ACCOUNT_RANGE, [root, lowest, highest, plenty]);
    const hash = keccak256(hexToBytes(contract));
    const hashes = range.map(([each]) => bytesToHex(each));
    assert.deepEqual(hashes, [...hashes].sort());
    assert.ok(hashes.includes(bytesToHex(keccak256(hexToBytes(accounts[0].address)))));
    const [, [nonce, balance, storageRoot, codeHash]] =
      range.find(([each]) => bytesToHex(each) === bytesToHex(hash));
    assert.deepEqual([nonce.length, bytesToBigInt(balance)], [0, 5n]);
    assert.equal(bytesToHex(codeHash), bytesToHex(keccak256(hexToBytes(code))));
    const expected = await node.ask('eth_getProof', contract, [], 'latest');
    assert.equal(bytesToHex(storageRoot), expected.storageHash);
    const [last, [lastNonce, lastBalance, lastRoot, lastCode]] = range.at(-1);
    const leaf = RLP.decode(proven(root, last, proof));
    assert.deepEqual([leaf[0], leaf[1]], [lastNonce, lastBalance]);
    if (lastRoot.length) assert.deepEqual([leaf[2], leaf[3]], [lastRoot, lastCode]);
  });

  it('serves all slots of an account, or some with their proof', async () => {
    const { connection } = await dial();
    const root = await rootOf();
    const owner = keccak256(hexToBytes(contract));
    const wanted = Object.fromEntries(Object.entries(slots).map(([key, value]) =>
      [bytesToHex(keccak256(word(key))), bytesToHex(RLP.encode(hexToBytes(value.length % 2 ? `0x0${value.slice(2)}` : value)))]));
    const [[all], noProof] =
      await connection.askSnap(STORAGE_RANGES, [root, [owner], lowest, highest, plenty]);
    assert.deepEqual(noProof, []);
    assert.deepEqual(
      Object.fromEntries(all.map(([hash, body]) => [bytesToHex(hash), bytesToHex(body)])), wanted);
    const [[first], proof] =
      await connection.askSnap(STORAGE_RANGES, [root, [owner], lowest, highest, new Uint8Array()]);
    assert.equal(first.length, 1);
    const { storageHash } = await node.ask('eth_getProof', contract, [], 'latest');
    assert.equal(bytesToHex(proven(hexToBytes(storageHash), first[0][0], proof)),
      bytesToHex(first[0][1]));
  });

  it('serves codes and nodes', async () => {
    const { connection } = await dial();
    const root = await rootOf();
    const [codes] =
      await connection.askSnap(BYTE_CODES, [[root, keccak256(hexToBytes(code))], plenty]);
    assert.deepEqual(codes.map(bytesToHex), [code]);
    const owner = keccak256(hexToBytes(contract));
    const top = Uint8Array.of(0);
    const [nodes] =
      await connection.askSnap(TRIE_NODES, [root, [[top], [owner, top]], plenty]);
    const { storageHash } = await node.ask('eth_getProof', contract, [], 'latest');
    assert.deepEqual(nodes.map((each) => bytesToHex(keccak256(each))),
      [bytesToHex(root), storageHash]);
  });

  it('has nothing of a state that it does not know', async () => {
    const { connection } = await dial();
    assert.deepEqual(
      await connection.askSnap(ACCOUNT_RANGE, [highest, lowest, highest, plenty]), [[], []]);
  });

  it('ends the connection on a request that is none', async () => {
    const { client, connection } = await dial();
    const closed = client.next('closed');
    connection.snap.sendMessage(TRIE_NODES, [Uint8Array.of(1), await rootOf(), [[]], plenty]);
    assert.deepEqual(await closed, { reason: BREACH_OF_PROTOCOL, byUs: false });
  });

  it('is not there unless the operator wants it', async () => {
    const other = await startValidator();
    try {
      const client = await new OtherClient(other.genesisHash, { withSnap: true }).start();
      clients.push(client);
      const connection = await client.dial(other.enode);
      assert.equal(connection.snap, undefined);
      assert.equal((await connection.headers(0, 1)).length, 1);
    } finally {
      await other.stop();
    }
  });
});
