// SPDX-License-Identifier: Apache-2.0
// Ten thousand transactions of concurrent senders while the signer is killed again and again
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  accounts, allOutput, auditLines, call, freePort, runSigner, signerArgs, signerFolder, sleep, startNode, startSigner,
  until,
} from './support/processes.mjs';

const total = Number(process.env.META138_TRANSACTIONS ?? 10_000);
const senders = 64;
const kills = 6;

/** Mined transactions of each account, from the blocks themselves. */
async function minedBy(node, from) {
  const head = Number(await call(node.url, 'eth_blockNumber'));
  const mined = [];
  for (let number = 1; number <= head; ++number) {
    const block = await call(node.url, 'eth_getBlockByNumber', [`0x${number.toString(16)}`, true]);
    for (const each of block.transactions)
      if (each.from.toLowerCase() === from) mined.push(each);
  }
  return mined;
}

describe('kill -9 of the signer', () => {
  it(`leaves no gap and no clash in ${total} transactions`, async () => {
    const node = await startNode(['--dev-period=1', '--tx-pool-price-bump=10']);
    const folder = signerFolder([accounts[0].key]);
    const args = { ...signerArgs(folder, node), port: await freePort() };
    let signer = await startSigner(args);
    const hashes = new Set();
    let started = 0;
    let retries = 0;
    let done = false;
    const one = async (value) => {
      for (;;) {
        try {
          hashes.add(await call(signer.url, 'eth_sendTransaction', [
            { from: accounts[0].address, to: accounts[1].address, value: `0x${value.toString(16)}`,
              gas: '0x5208', gasPrice: '0xb2d05e00' }]));
          return;
        } catch (error) {
          // What a caller does that got no answer: it asks again.
          ++retries;
          if (retries > total) throw error;
          await sleep(50);
        }
      }
    };
    const sender = async () => { while (started < total) await one(++started); };
    const killer = async () => {
      for (let i = 1; i <= kills && !done; ++i) {
        await until('progress', () => done || hashes.size > (i * total) / (kills + 1), 120_000);
        if (done) return;
        await signer.stop('SIGKILL');
        signer = await startSigner(args);
      }
    };
    try {
      await Promise.all([
        killer(), Promise.all(Array.from({ length: senders }, sender)).then(() => { done = true; })]);
      assert.equal(hashes.size, total);
      const from = accounts[0].address.toLowerCase();
      const count = (block) => call(node.url, 'eth_getTransactionCount', [from, block]).then(Number);
      await until('all to be mined', async () => {
        const latest = await count('latest');
        return latest >= total && latest === await count('pending');
      }, 60_000);
      const mined = await minedBy(node, from);
      // Each nonce once, in order, none left out.
      assert.deepEqual(mined.map((each) => Number(each.nonce)), mined.map((_, index) => index));
      const known = new Set(mined.map((each) => each.hash));
      for (const hash of hashes) assert.ok(known.has(hash), `${hash} was answered and is not mined`);
      // What is there beyond the answers was asked for by somebody who got none.
      assert.ok(mined.length - total <= retries, `${mined.length} mined, ${retries} retries`);
    } finally {
      await signer.stop();
      await node.stop();
    }
    // Every signature stands in the audit log, whose chain is whole in spite of it all.
    const verified = await runSigner([`--data-path=${folder}/data`, 'audit', 'verify', '--json']);
    assert.equal(verified.code, 0, verified.stdout + verified.stderr);
    const audited = new Set(auditLines(folder).map((line) => line.hash));
    for (const hash of hashes) assert.ok(audited.has(hash), `${hash} is not in the audit log`);
    assert.ok(!allOutput().includes(accounts[0].key.slice(2)), 'a key was printed');
  });
});
