// SPDX-License-Identifier: Apache-2.0
// viem 2
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BaseError, ContractFunctionRevertedError, createPublicClient, createTestClient, createWalletClient,
  defineChain, http, parseEther, webSocket } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { compile } from './support/compile.mjs';
import { accounts, startNode } from './support/node.mjs';

const { abi, bytecode } = compile('../contracts/Token.sol');

describe('viem', () => {
  let node;
  let client;
  let wallet;
  let test;
  let token;

  before(async () => {
    node = await startNode();
    const chain = defineChain({
      id: 138,
      name: 'Meta138',
      nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
      rpcUrls: { default: { http: [node.http], webSocket: [node.ws] } },
    });
    const transport = http(node.http, { batch: true });
    client = createPublicClient({ chain, transport, pollingInterval: 50, cacheTime: 0 });
    test = createTestClient({ chain, transport, mode: 'anvil' });
    wallet = createWalletClient({ chain, transport, account: privateKeyToAccount(accounts[0].key) });
    const hash = await wallet.deployContract({ abi, bytecode, args: [1_000_000n] });
    token = { abi, address: (await client.waitForTransactionReceipt({ hash })).contractAddress };
  });
  after(() => node?.stop());

  it('reads, simulates and writes a contract', async () => {
    const { request } = await client.simulateContract({
      ...token, functionName: 'transfer', args: [accounts[1].address, 3n], account: wallet.account,
    });
    await client.waitForTransactionReceipt({ hash: await wallet.writeContract(request) });
    assert.equal(await client.readContract({
      ...token, functionName: 'balanceOf', args: [accounts[1].address],
    }), 3n);
  });

  it('decodes an error of the contract', async () => {
    await assert.rejects(client.simulateContract({
      ...token, functionName: 'transfer', args: [accounts[0].address, 10n],
      account: '0x00000000000000000000000000000000000000cc',
    }), (error) => error instanceof BaseError &&
      error.walk((e) => e instanceof ContractFunctionRevertedError)?.data.errorName ===
        'InsufficientBalance');
  });

  it('gets logs, proofs and fee history', async () => {
    const logs = await client.getContractEvents({ ...token, eventName: 'Transfer', fromBlock: 0n });
    assert.ok(logs.length >= 1);
    const proof = await client.getProof({ address: token.address, storageKeys: [] });
    assert.ok(proof.accountProof.length > 0);
    const history = await client.getFeeHistory({ blockCount: 2, rewardPercentiles: [50] });
    assert.ok(history.baseFeePerGas.length >= 2);
  });

  it('simulates blocks', async () => {
    const { results } = await client.simulateCalls({
      account: wallet.account,
      calls: [{ to: accounts[1].address, value: parseEther('1') }],
    });
    assert.equal(results[0].status, 'success');
  });

  it('watches blocks and pending transactions over WebSocket', async () => {
    const live = createPublicClient({ chain: client.chain, transport: webSocket(node.ws) });
    const seen = { blocks: [], pending: [] };
    const socket = await live.transport.getRpcClient();
    const stops = [
      live.watchBlocks({ onBlock: (block) => seen.blocks.push(block.number) }),
      live.watchPendingTransactions({ onTransactions: (hashes) => seen.pending.push(...hashes) }),
    ];
    try {
      // The node does not say when both subscriptions are there: transactions until both are heard of.
      const sent = new Set();
      const isHeard = () => seen.blocks.length > 0 && seen.pending.some((hash) => sent.has(hash));
      for (let i = 0; i < 100 && !isHeard(); ++i) {
        const hash = await wallet.sendTransaction({ to: accounts[1].address, value: 1n });
        sent.add(hash);
        await client.waitForTransactionReceipt({ hash });
        await new Promise((resolve) => { setTimeout(resolve, 100); });
      }
      assert.ok(seen.blocks.length > 0);
      assert.ok(seen.pending.some((hash) => sent.has(hash)));
    } finally {
      for (const stop of stops) stop();
      socket.close();
    }
  });

  it('steers the chain as a test client', async () => {
    const address = '0x00000000000000000000000000000000000000dd';
    const id = await test.snapshot();
    await test.setBalance({ address, value: 99n });
    await test.setNonce({ address, nonce: 7 });
    assert.equal(await client.getBalance({ address }), 99n);
    assert.equal(await client.getTransactionCount({ address }), 7);
    const { timestamp } = await client.getBlock();
    await test.increaseTime({ seconds: 1000 });
    await test.mine({ blocks: 3 });
    assert.ok((await client.getBlock()).timestamp >= timestamp + 1000n);
    await test.setNextBlockBaseFeePerGas({ baseFeePerGas: 12_345n });
    await test.mine({ blocks: 1 });
    assert.equal((await client.getBlock()).baseFeePerGas, 12_345n);
    await test.revert({ id });
    assert.equal(await client.getBalance({ address }), 0n);
    assert.equal((await client.getBlock()).timestamp, timestamp);
  });
});
