// SPDX-License-Identifier: Apache-2.0
// meta138 load against a development chain: what it reports is what is on the chain.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, run, withNode } from '../clients/support/node.mjs';

const program = process.env.META138;

/** Runs `meta138 load`, and gives its report. */
async function load(node, args) {
  const { code, stdout, stderr } = await run(program, ['load', ...args, '--url', node.http, '--json']);
  assert.equal(code, 0, stderr);
  return { ...JSON.parse(stdout), progress: stderr };
}

/** Transactions in the blocks behind `first`. */
async function transactionsAfter(node, first) {
  let count = 0;
  const last = Number(await call(node.http, 'eth_blockNumber'));
  for (let number = first + 1; number <= last; ++number)
    count += Number(await call(node.http, 'eth_getBlockTransactionCountByNumber', [`0x${number.toString(16)}`]));
  return count;
}

const wholeNetwork = ['--dev-period=1'];

test('transfers at a rate: all are in blocks, each once', { timeout: 120_000 }, () => withNode(wholeNetwork, async (node) => {
  const accounts = 40;
  const report = await load(node, ['transfers', '--rate', '200', '--duration', '4', '--accounts', `${accounts}`]);
  assert.ok(report.sent >= 780 && report.sent <= 800, `${report.sent} sent`);
  assert.equal(report.included, report.sent);
  assert.equal(report.notIncluded, 0);
  assert.deepEqual(report.refused, []);
  assert.equal(await transactionsAfter(node, 0), report.sent + accounts); // which were funded
  assert.ok(report.transactionsPerSecond > 0 && report.gasPerSecond > 21_000 * report.transactionsPerSecond * 0.99);
  const { p50, p90, p99, max } = report.inclusionSeconds;
  assert.ok(p50 > 0 && p50 <= p90 && p90 <= p99 && p99 <= max);
  assert.match(report.progress, /in blocks/);
}));

test('a second run finds its accounts funded', { timeout: 120_000 }, () => withNode(wholeNetwork, async (node) => {
  const args = ['transfers', '--rate', '50', '--duration', '1', '--accounts', '10'];
  assert.match((await load(node, args)).progress, /funding 10 accounts/);
  const again = await load(node, args);
  assert.doesNotMatch(again.progress, /funding/);
  assert.equal(again.included, again.sent);
}));

test('tokens, swaps and reads', { timeout: 120_000 }, () => withNode(wholeNetwork, async (node) => {
  const report = await load(node, ['mixed', '--rate', '100', '--duration', '3', '--accounts', '36']);
  assert.equal(report.included, report.sent);
  assert.ok(report.reads.answered >= 25, `${report.reads.answered} reads`);
  assert.deepEqual(report.reads.failed, []);
  // No transaction of the load has failed: there are as many successes as transactions in the last blocks.
  const last = Number(await call(node.http, 'eth_blockNumber'));
  for (let number = last - 2; number <= last; ++number)
    for (const receipt of await call(node.http, 'eth_getBlockReceipts', [`0x${number.toString(16)}`]))
      assert.equal(receipt.status, '0x1');
}));

test('saturation keeps a bounded number under way', { timeout: 120_000 }, () => withNode(wholeNetwork, async (node) => {
  const report = await load(node, ['transfers', '--duration', '3', '--accounts', '50', '--in-flight', '300']);
  assert.equal(report.included, report.sent);
  assert.ok(report.sent >= 300);
}));

test('says what is wrong, and says so with its exit code', { timeout: 60_000 }, () => withNode([], async (node) => {
  const fails = async (expected, args, text) => {
    const { code, stderr } = await run(program, ['load', ...args]);
    assert.equal(code, expected, stderr);
    assert.match(stderr, text);
  };
  await fails(1, ['oracle-reads', '--url', node.http], /no feed to read/);
  await fails(1, ['transfers', '--url', 'http://127.0.0.1:1'], /127\.0\.0\.1:1.*refused/i);
  await fails(1, ['transfers', '--url', 'localhost:8545'], /has no scheme/);
  await fails(2, ['transfers', '--rate', 'many'], /rate/);
  await fails(2, ['nonsense'], /./);
}));
