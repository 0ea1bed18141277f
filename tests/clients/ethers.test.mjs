// SPDX-License-Identifier: Apache-2.0
// ethers 6
import { ContractFactory, Contract, JsonRpcProvider, NonceManager, Wallet, WebSocketProvider, parseEther,
  verifyMessage, verifyTypedData } from 'ethers';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { compile } from './support/compile.mjs';
import { accounts, startNode } from './support/node.mjs';

const { abi, bytecode } = compile('../contracts/Token.sol');

describe('ethers', () => {
  let node;
  let provider;
  let signer;
  let token;

  before(async () => {
    node = await startNode();
    provider = new JsonRpcProvider(node.http, undefined, { cacheTimeout: -1 });
    signer = new NonceManager(new Wallet(accounts[0].key, provider));
    token = await new ContractFactory(abi, bytecode, signer).deploy(1_000_000n);
    await token.waitForDeployment();
  });
  after(async () => {
    provider?.destroy();
    await node?.stop();
  });

  it('finds out about the network', async () => {
    assert.equal((await provider.getNetwork()).chainId, 138n);
    const fees = await provider.getFeeData();
    assert.ok(fees.maxFeePerGas > 0n);
    assert.ok((await provider.getBlock('latest')).baseFeePerGas > 0n);
  });

  it('sends ether and gets its receipt', async () => {
    const before = await provider.getBalance(accounts[1].address);
    const sent = await signer.sendTransaction({ to: accounts[1].address, value: parseEther('1') });
    const receipt = await sent.wait();
    assert.equal(receipt.status, 1);
    assert.equal(receipt.gasUsed, 21_000n);
    assert.equal(await provider.getBalance(accounts[1].address), before + parseEther('1'));
    assert.equal((await provider.getTransaction(sent.hash)).blockNumber, receipt.blockNumber);
  });

  it('calls and writes a contract', async () => {
    await (await token.transfer(accounts[1].address, 5n)).wait();
    assert.equal(await token.balanceOf(accounts[1].address), 5n);
    assert.equal(await token.name(), 'Test token');
    assert.ok((await token.transfer.estimateGas(accounts[1].address, 1n)) > 21_000n);
  });

  it('decodes why a call was reverted', async () => {
    await assert.rejects(token.refuse(), (error) => error.reason === 'not today');
    const poor = new Contract(await token.getAddress(), abi, new Wallet(accounts[1].key, provider));
    await assert.rejects(poor.transfer.staticCall(accounts[0].address, 1_000_000n),
      (error) => error.revert.name === 'InsufficientBalance' && error.revert.args[1] === 1_000_000n);
  });

  it('queries logs by topic', async () => {
    const minted = await token.queryFilter(
      token.filters.Transfer('0x0000000000000000000000000000000000000000'), 0, 'latest');
    assert.equal(minted.length, 1);
    assert.equal(minted[0].args.value, 1_000_000n);
  });

  it('sends transactions of every kind', async () => {
    const to = accounts[1].address;
    const price = (await provider.getFeeData()).gasPrice * 2n;
    for (const fields of [{ type: 0, gasPrice: price }, { type: 1, gasPrice: price, accessList: [] },
      { type: 2, maxFeePerGas: price, maxPriorityFeePerGas: 1n }]) {
      const receipt = await (await signer.sendTransaction({ to, value: 1n, ...fields })).wait();
      assert.equal(receipt.type, fields.type);
    }
  });

  it('has the node sign messages and typed data', async () => {
    const remote = await provider.getSigner(0);
    const address = await remote.getAddress();
    assert.equal(verifyMessage('hello', await remote.signMessage('hello')), address);
    const domain = { name: 'test', chainId: 138 };
    const types = { Note: [{ name: 'text', type: 'string' }] };
    const value = { text: 'hello' };
    const signature = await remote.signTypedData(domain, types, value);
    assert.equal(verifyTypedData(domain, types, value, signature), address);
  });

  it('hears of blocks and logs over WebSocket', async () => {
    const socket = new WebSocketProvider(node.ws);
    // ethers unsubscribes behind its caller's back; destroyed before the answer, it rejects a promise nobody holds.
    const sent = [];
    const send = socket.send.bind(socket);
    socket.send = (...request) => {
      sent.push(send(...request));
      return sent.at(-1);
    };
    try {
      const live = new Contract(await token.getAddress(), abi, socket);
      const block = new Promise((resolve) => { socket.once('block', resolve); });
      const log = new Promise((resolve) => {
        live.once('Transfer', (from, to, value) => resolve(value));
      });
      await socket.getBlockNumber();
      await new Promise((resolve) => { setTimeout(resolve, 200); });
      await (await token.transfer(accounts[1].address, 9n)).wait();
      assert.equal(await log, 9n);
      assert.ok((await block) > 0);
    } finally {
      await socket.removeAllListeners();
      await Promise.allSettled(sent);
      await socket.destroy();
    }
  });

  it('puts many requests into one batch', async () => {
    const numbers = await Promise.all(
      Array.from({ length: 300 }, () => provider.send('eth_blockNumber', [])));
    assert.equal(new Set(numbers).size, 1);
  });
});
