// SPDX-License-Identifier: Apache-2.0
// What tools for development ask of a development chain
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { accounts, call, startNode, withNode } from './support/node.mjs';

const [alice, bob] = accounts.map((account) => account.address.toLowerCase());
const stranger = '0x00000000000000000000000000000000000000ee';

describe('a development chain', () => {
  let node;
  let ask;
  before(async () => {
    node = await startNode();
    ask = (method, ...params) => call(node.http, method, params);
  });
  after(() => node?.stop());
  beforeEach(() => ask('hardhat_reset'));

  const head = () => ask('eth_getBlockByNumber', 'latest', false);
  const pay = (from = alice, to = bob) => ask('eth_sendTransaction', { from, to, value: '0x1' });

  it('has sealed a transaction when its hash is answered', async () => {
    const hash = await pay();
    assert.equal((await ask('eth_getTransactionReceipt', hash)).status, '0x1');
  });

  it('takes back blocks, changes by hand and time', async () => {
    const start = await head();
    const mark = await ask('evm_snapshot');
    await ask('hardhat_setBalance', stranger, '0x5');
    await pay();
    await ask('hardhat_setStorageAt', stranger, '0x1', `0x${'0'.repeat(63)}7`);
    await ask('hardhat_setCode', stranger, '0x6001');
    await ask('evm_mine');
    await ask('hardhat_setNonce', stranger, '0x9');
    assert.equal(await ask('eth_getStorageAt', stranger, '0x1', 'latest'), `0x${'0'.repeat(63)}7`);
    assert.equal(await ask('eth_getTransactionCount', stranger, 'latest'), '0x9');
    assert.equal(await ask('evm_revert', mark), true);
    assert.equal((await head()).hash, start.hash);
    assert.equal(await ask('eth_getBalance', stranger, 'latest'), '0x0');
    assert.equal(await ask('eth_getCode', stranger, 'latest'), '0x');
    assert.equal(await ask('eth_getTransactionCount', alice, 'latest'), '0x0');
    assert.equal(await ask('evm_revert', mark), false);
  });

  it('nests snapshots', async () => {
    const one = await ask('evm_snapshot');
    await ask('hardhat_setBalance', stranger, '0x1');
    const two = await ask('evm_snapshot');
    await ask('hardhat_setBalance', stranger, '0x2');
    await ask('evm_mine');
    await ask('evm_revert', two);
    assert.equal(await ask('eth_getBalance', stranger, 'latest'), '0x1');
    await ask('evm_revert', one);
    assert.equal(await ask('eth_getBalance', stranger, 'latest'), '0x0');
  });

  it('builds on a changed state, and so does what executes later', async () => {
    await ask('hardhat_setBalance', stranger, '0xde0b6b3a7640000');
    await ask('hardhat_impersonateAccount', stranger);
    const hash = await pay(stranger, bob);
    const transaction = await ask('eth_getTransactionByHash', hash);
    assert.equal(transaction.from, stranger);
    assert.equal((await ask('eth_getTransactionReceipt', hash)).from, stranger);
    await ask('hardhat_stopImpersonatingAccount', stranger);
    await assert.rejects(pay(stranger, bob), /unknown account/);
  });

  it('keeps transactions waiting while automining is off', async () => {
    await ask('evm_setAutomine', false);
    const hash = await pay();
    assert.equal(await ask('eth_getTransactionReceipt', hash), null);
    assert.equal(await ask('eth_getTransactionCount', alice, 'pending'), '0x1');
    await ask('evm_mine');
    assert.notEqual(await ask('eth_getTransactionReceipt', hash), null);
    const dropped = await pay();
    assert.equal(await ask('hardhat_dropTransaction', dropped), true);
    assert.equal(await ask('eth_getTransactionByHash', dropped), null);
    await ask('evm_setAutomine', true);
  });

  it('has the time it is told', async () => {
    const { timestamp } = await head();
    const next = Number(timestamp) + 5000;
    await ask('evm_setNextBlockTimestamp', next);
    await ask('evm_mine');
    assert.equal(Number((await head()).timestamp), next);
    await ask('evm_increaseTime', 100);
    await ask('evm_mine');
    assert.ok(Number((await head()).timestamp) >= next + 100);
    await assert.rejects(ask('evm_setNextBlockTimestamp', next), { code: -32602 });
  });

  it('has the next block as it is told', async () => {
    await ask('hardhat_setCoinbase', stranger);
    await ask('hardhat_setNextBlockBaseFeePerGas', '0x1234');
    await ask('hardhat_setPrevRandao', '0x77');
    await ask('evm_mine');
    const block = await head();
    assert.equal(block.miner, stranger);
    assert.equal(block.baseFeePerGas, '0x1234');
    assert.equal(block.mixHash, `0x${'0'.repeat(62)}77`);
    await ask('hardhat_mine', '0x3', '0x3c');
    const last = await head();
    assert.equal(Number(last.number), 4);
    assert.ok(Number(last.timestamp) >= Number(block.timestamp) + 120);
  });

  it('refuses what makes no sense, and goes on', async () => {
    await assert.rejects(ask('hardhat_setBalance', 'nobody', '0x1'), { code: -32602 });
    await assert.rejects(ask('hardhat_mine', '0xffffffffff'), { code: -32602 });
    await assert.rejects(ask('hardhat_reset', { forking: { jsonRpcUrl: 'x' } }), { code: -32602 });
    assert.equal(await ask('evm_revert', '0xffff'), false);
    assert.equal(await ask('eth_chainId'), '0x8a');
  });
});

it('seals by interval', async () => {
  await withNode(['--dev-period=0.1'], async (node) => {
    const hash = await call(node.http, 'eth_sendTransaction', [{ from: alice, to: bob }]);
    for (let i = 0; i < 100; ++i) {
      if (await call(node.http, 'eth_getTransactionReceipt', [hash])) break;
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
    assert.ok(await call(node.http, 'eth_getTransactionReceipt', [hash]));
  });
});

