// SPDX-License-Identifier: Apache-2.0
// Nonces under concurrency, with a stranger at the same account and a node that comes and goes
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe, it } from 'node:test';
import { ethers } from 'ethers';
import {
  accounts, call, freePort, post, signerArgs, signerFolder, sleep, startNode, startSigner, until,
} from './support/processes.mjs';

const [alice, bob] = accounts;

const pay = (signer, account, value = 1) => call(signer.url, 'eth_sendTransaction', [
  { from: account.address, to: bob.address, value: `0x${value.toString(16)}`, gas: '0x5208' }]);

const countOf = async (node, account) =>
  Number(await call(node.url, 'eth_getTransactionCount', [account.address, 'latest']));

/** Waits for each hash to be mined, and returns the nonces they took. */
async function minedNonces(node, hashes) {
  const nonces = [];
  for (const hash of hashes) {
    const mined = await until(`${hash} to be mined`, async () => {
      const sent = await call(node.url, 'eth_getTransactionByHash', [hash]);
      return sent?.blockNumber ? sent : undefined;
    });
    nonces.push(Number(mined.nonce));
  }
  return nonces;
}

const range = (begin, end) => Array.from({ length: end - begin }, (_, i) => begin + i);

async function withBoth(nodeArgs, body, eth1 = []) {
  const port = await freePort();
  let node = await startNode(nodeArgs, port);
  const folder = signerFolder(accounts.map((each) => each.key));
  const args = signerArgs(folder, node);
  args.eth1.push(...eth1);
  const signer = await startSigner(args);
  try {
    await body({
      signer,
      folder,
      node: () => node,
      async restartNode(pause, more = []) {
        await node.stop();
        await sleep(pause);
        node = await startNode([...nodeArgs, ...more], port);
      },
    });
  } finally {
    await signer.stop();
    await node.stop();
  }
}

for (const [kind, args] of [['at once', []], ['each second', ['--dev-period=1']]])
  describe(`a chain whose blocks come ${kind}`, () => {
    it('gives 300 senders at one time each a nonce of its own, without a gap', async () => {
      await withBoth(args, async ({ signer, node }) => {
        const hashes = await Promise.all(range(0, 300).map((i) => pay(signer, alice, i + 1)));
        assert.equal(new Set(hashes).size, 300);
        const nonces = await minedNonces(node(), hashes);
        assert.deepEqual(nonces.sort((a, b) => a - b), range(0, 300));
      });
    });

    it('lives with a program that sends from the same account', async () => {
      // Without it a development chain lets equal prices replace each other.
      const bump = '--tx-pool-price-bump=10';
      await withBoth([...args, bump], async ({ signer, node }) => {
        const wallet = new ethers.Wallet(alice.key);
        const foreign = [];
        const stranger = async () => {
          for (let i = 0; i < 20; ++i) {
            const nonce = Number(await call(node().url, 'eth_getTransactionCount', [alice.address, 'pending']));
            const raw = await wallet.signTransaction({
              nonce, to: bob.address, value: 7, gasLimit: 21000, gasPrice: 3_000_000_000n, chainId: 138, type: 0 });
            try {
              foreign.push(await call(node().url, 'eth_sendRawTransaction', [raw]));
            } catch { /* the signer was quicker */ }
            await sleep(20);
          }
        };
        const ours = [];
        const payAsMuch = () => call(signer.url, 'eth_sendTransaction', [
          { from: alice.address, to: bob.address, value: '0x1', gas: '0x5208', gasPrice: '0xb2d05e00' }]);
        const sender = async () => { for (let i = 0; i < 15; ++i) ours.push(await payAsMuch()); };
        await Promise.all([stranger(), sender(), sender(), sender(), sender()]);
        assert.equal(ours.length, 60);
        // Nothing is replaced by what pays as much, so all of ours are mined.
        const nonces = await minedNonces(node(), ours);
        assert.equal(new Set(nonces).size, 60);
        await until('no gap', async () => {
          const latest = await call(node().url, 'eth_getTransactionCount', [alice.address, 'latest']);
          return latest === await call(node().url, 'eth_getTransactionCount', [alice.address, 'pending']);
        });
        assert.ok(foreign.length > 0);
      });
    });
  });

describe('nonces', () => {
  it('of the caller\'s own choice are used once, and the node\'s answer is passed on', async () => {
    await withBoth([], async ({ signer, node }) => {
      const send = (nonce) => call(signer.url, 'eth_sendTransaction', [
        { from: alice.address, to: bob.address, nonce, gas: '0x5208', gasPrice: '0xb2d05e00' }]);
      await minedNonces(node(), [await send('0x0')]);
      await assert.rejects(send('0x0'), (error) => /nonce too low/i.test(error.message));
      const hash = await pay(signer, alice);
      assert.deepEqual(await minedNonces(node(), [hash]), [1]);
    });
  });

  it('that refusals gave back are used again', async () => {
    await withBoth([], async ({ signer, node }) => {
      const results = await Promise.allSettled(range(0, 40).map((i) => (i % 4 === 3
        // More than the account has: estimated gas is given, so the node itself refuses.
        ? call(signer.url, 'eth_sendTransaction', [
          { from: alice.address, to: bob.address, value: `0x${'f'.repeat(24)}`, gas: '0x5208' }])
        : pay(signer, alice))));
      assert.equal(results.filter((each) => each.status === 'rejected').length, 10);
      const hashes = results.filter((each) => each.status === 'fulfilled').map((each) => each.value);
      await minedNonces(node(), hashes);
      // Nothing is left waiting behind a gap.
      await until('no gap', async () => (await countOf(node(), alice)) >= 30);
      await minedNonces(node(), [await pay(signer, alice)]);
    });
  });
});

describe('a node', () => {
  it('that is down is told so, and what is sent afterwards arrives', async () => {
    await withBoth([], async ({ signer, node, restartNode }) => {
      await minedNonces(node(), [await pay(signer, alice)]);
      await node().stop();
      const { status, body } = await post(signer.url, { jsonrpc: '2.0', id: 9, method: 'eth_blockNumber', params: [] });
      assert.equal(status, 504);
      assert.deepEqual(body, {
        jsonrpc: '2.0', id: 9, error: { code: -32000, message: 'Failed to connect to downstream node' } });
      await restartNode(0);
      // A development chain in memory begins anew, so its count does too.
      const hash = await until('a send', () => pay(signer, bob).catch(() => undefined));
      await minedNonces(node(), [hash]);
    });
  });

  it('that comes back in time gets what was sent meanwhile', async () => {
    await withBoth([], async ({ signer, node, restartNode }) => {
      await node().stop();
      const sent = call(signer.url, 'eth_sendTransaction', [
        { from: bob.address, to: alice.address, value: '0x1', gas: '0x5208', gasPrice: '0xb2d05e00' }]);
      await restartNode(1000);
      const hash = await sent;
      assert.deepEqual(await minedNonces(node(), [hash]), [0]);
    });
  });

  it('whose answers are lost gets nothing twice', async () => {
    const node = await startNode();
    // In front of the node: passes every request on, and forgets to answer half of what was sent.
    let forgotten = 0;
    const proxy = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => { body += chunk; });
      request.on('end', async () => {
        const answer = await post(node.url, body);
        if (body.includes('eth_sendRawTransaction') && ++forgotten % 2 === 1) return;
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(answer.body));
      });
    });
    await new Promise((resolve) => { proxy.listen(0, '127.0.0.1', resolve); });
    const args = signerArgs(signerFolder([alice.key]), { port: proxy.address().port });
    args.eth1.push('--downstream-http-request-timeout=1000');
    const signer = await startSigner(args);
    try {
      const hashes = await Promise.all(range(0, 20).map((i) => pay(signer, alice, i + 1)));
      assert.deepEqual((await minedNonces(node, hashes)).sort((a, b) => a - b), range(0, 20));
      assert.equal(await countOf(node, alice), 20);
      assert.ok(forgotten > 20);
    } finally {
      await signer.stop();
      proxy.closeAllConnections();
      proxy.close();
      await node.stop();
    }
  });

  it('that swallows a transaction is waited for, and the caller learns its hash', async () => {
    const node = await startNode();
    let swallows = true;
    const proxy = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => { body += chunk; });
      request.on('end', async () => {
        if (swallows && body.includes('eth_sendRawTransaction')) return;
        const answer = await post(node.url, body);
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(answer.body));
      });
    });
    await new Promise((resolve) => { proxy.listen(0, '127.0.0.1', resolve); });
    const args = signerArgs(signerFolder([alice.key]), { port: proxy.address().port });
    args.eth1.push('--downstream-http-request-timeout=500', '--nonce-patience-ms=2000');
    const signer = await startSigner(args);
    try {
      const { status, body } = await post(signer.url, { jsonrpc: '2.0', id: 1, method: 'eth_sendTransaction', params: [
        { from: alice.address, to: bob.address, gas: '0x5208' }] });
      assert.equal(status, 504);
      const hash = body.error.data.transactionHash;
      swallows = false;
      assert.deepEqual(await minedNonces(node, [hash]), [0]);
    } finally {
      await signer.stop();
      proxy.closeAllConnections();
      proxy.close();
      await node.stop();
    }
  });

  it('that was lost is used again when it is back', async () => {
    const port = await freePort();
    const second = await startNode();
    const args = signerArgs(signerFolder([alice.key]), { port });
    args.eth1.push(`--downstream-failover-urls=${second.url}`);
    const signer = await startSigner(args);
    const first = await startNode([], port);
    try {
      await call(first.url, 'hardhat_setBalance', [alice.address, '0x1']);
      const balance = () => call(signer.url, 'eth_getBalance', [alice.address, 'latest']);
      assert.notEqual(await balance(), '0x1');
      await until('the first node', async () => (await balance()) === '0x1', 20_000);
    } finally {
      await signer.stop();
      await Promise.all([first.stop(), second.stop()]);
    }
  });

  it('that fails is replaced by the next one', async () => {
    const second = await startNode();
    try {
      const dead = await freePort();
      const args = signerArgs(signerFolder([alice.key]), { port: dead });
      args.eth1.push(`--downstream-failover-urls=${second.url}`);
      const signer = await startSigner(args);
      try {
        assert.equal(await call(signer.url, 'eth_chainId'), '0x8a');
        await minedNonces(second, [await pay(signer, alice)]);
      } finally {
        await signer.stop();
      }
    } finally {
      await second.stop();
    }
  });
});

describe('a caller that repeats itself', () => {
  const payOnce = (signer, key, value = 1) => call(signer.url, 'eth_sendTransaction', [
    { from: alice.address, to: bob.address, value: `0x${value.toString(16)}`, idempotencyKey: key }]);

  it('gets the same transaction again under the same idempotencyKey, at once and after a restart', async () => {
    const node = await startNode();
    const folder = signerFolder(accounts.map((each) => each.key));
    let signer = await startSigner(signerArgs(folder, node));
    try {
      const hashes = await Promise.all(range(0, 10).map(() => payOnce(signer, 'invoice 1')));
      assert.equal(new Set(hashes).size, 1);
      const [hash] = hashes;
      assert.deepEqual(await minedNonces(node, [hash]), [0]);
      assert.equal(await payOnce(signer, 'invoice 1'), hash);
      await assert.rejects(payOnce(signer, 'invoice 1', 2), /idempotencyKey: stands for another transaction already/);
      await signer.stop('SIGKILL');
      signer = await startSigner(signerArgs(folder, node));
      assert.equal(await payOnce(signer, 'invoice 1'), hash);
      assert.notEqual(await payOnce(signer, 'invoice 2'), hash);
      await until('the second to be mined', async () => await countOf(node, alice) === 2);
      assert.equal(await countOf(node, alice), 2);
    } finally {
      await signer.stop();
      await node.stop();
    }
  });

  it('may use the name again for what was refused', async () => {
    await withBoth([], async ({ signer, node }) => {
      const everything = ethers.parseEther('1000000');
      await assert.rejects(payOnce(signer, 'invoice 3', everything));
      const hash = await payOnce(signer, 'invoice 3', 1);
      assert.deepEqual(await minedNonces(node(), [hash]), [0]);
    });
  });
});
