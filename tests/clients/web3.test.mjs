// SPDX-License-Identifier: Apache-2.0
// web3.js 4
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Web3 } from 'web3';
import { compile } from './support/compile.mjs';
import { accounts, startNode } from './support/node.mjs';

const { abi, bytecode } = compile('../contracts/Token.sol');

describe('web3.js', () => {
  let node;
  let web3;
  let from;

  before(async () => {
    node = await startNode();
    web3 = new Web3(node.http);
    from = web3.eth.accounts.wallet.add(accounts[0].key)[0].address;
  });
  after(() => node?.stop());

  it('knows the node', async () => {
    assert.equal(await web3.eth.getChainId(), 138n);
    assert.equal(await web3.eth.net.getId(), 138n);
    assert.match(await web3.eth.getNodeInfo(), /^anvil\/meta138\/v/);
    assert.equal(await web3.eth.net.isListening(), false);
  });

  it('deploys, calls and sends', async () => {
    const token = await new web3.eth.Contract(abi)
      .deploy({ data: bytecode, arguments: [1_000n] })
      .send({ from });
    await token.methods.transfer(accounts[1].address, 4n).send({ from });
    assert.equal(await token.methods.balanceOf(accounts[1].address).call(), 4n);
    const events = await token.getPastEvents('Transfer', { fromBlock: 0 });
    assert.equal(events.length, 2);
    await assert.rejects(token.methods.refuse().call(),
      (error) => JSON.stringify(error.toJSON?.() ?? error, (_, v) => (typeof v === 'bigint' ? `${v}` : v))
        .includes('not today') || error.cause?.message?.includes('not today'));
  });

  it('sends through an account of the node', async () => {
    const plain = new Web3(node.http);
    const [sender] = await plain.eth.getAccounts();
    const receipt = await plain.eth.sendTransaction({ from: sender, to: accounts[1].address, value: '1' });
    assert.equal(receipt.status, 1n);
  });

  it('subscribes over WebSocket', async () => {
    const live = new Web3(node.ws);
    const subscription = await live.eth.subscribe('newBlockHeaders');
    const header = new Promise((resolve, reject) => {
      subscription.on('data', resolve);
      subscription.on('error', reject);
    });
    await web3.eth.sendTransaction({ from, to: accounts[1].address, value: '1' });
    assert.ok((await header).number > 0n);
    await subscription.unsubscribe();
    live.provider.disconnect();
  });
});
