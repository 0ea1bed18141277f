// SPDX-License-Identifier: Apache-2.0
// What a policy denies, and what the audit log says of it
import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ethers } from 'ethers';
import {
  accounts, auditLines, call, post, runSigner, signerArgs, signerFolder, startNode, startSigner, until, writePrivate,
} from './support/processes.mjs';

const [alice, bob, carol] = accounts;
const feed = `0x${'f'.repeat(40)}`;

const policyText = (maxValue = '"100 wei"') => `
[[key]]
address = "${alice.address}"
allow = [{ to = "${feed}", calls = ["transmit(uint256)"] }, { to = "${bob.address}", transfer = true }]
max_value = ${maxValue}
max_gas_limit = 100000

[[key]]
address = "${bob.address}"
messages = true
rate = { per_second = 0.001, burst = 3 }
value_per_period = { value = "10 wei", seconds = 3600 }
`;

describe('a policy', () => {
  let node;
  let folder;
  let signer;
  let file;
  let args;
  before(async () => {
    node = await startNode();
    folder = signerFolder(accounts.map((each) => each.key));
    file = join(folder, 'policy.toml');
    writePrivate(file, policyText());
    args = signerArgs(folder, node);
    args.global.push(`--policy-file=${file}`);
    signer = await startSigner(args);
  });
  after(async () => {
    await signer?.stop();
    await node?.stop();
  });

  const send = (from, tx) => call(signer.url, 'eth_sendTransaction', [{ from: from.address, gas: '0x5208', ...tx }]);
  const refused = (promise, rule) => assert.rejects(promise, (error) => {
    assert.equal(error.code, -32003);
    assert.match(error.message, new RegExp(`Refused by policy \\(${rule}\\)`));
    return true;
  });

  it('allows what it names', async () => {
    await send(alice, { to: bob.address, value: '0x64' });
    await send(alice, { to: feed, gas: '0x186a0', data: ethers.id('transmit(uint256)').slice(0, 10) });
  });

  it('denies other contracts, selectors, amounts, gas and kinds of signature', async () => {
    await refused(send(alice, { to: carol.address }), 'destination');
    await refused(send(alice, { to: feed, gas: '0x186a0', data: '0x12345678' }), 'selector');
    await refused(send(alice, { to: feed, gas: '0x186a0' }), '.+');
    await refused(send(alice, { to: bob.address, value: '0x65' }), '.*value.*');
    await refused(send(alice, { to: bob.address, gas: '0x186a1' }), '.*gas.*');
    await refused(call(signer.url, 'eth_sign', [alice.address, '0x00']), '.+');
    const rest = await post(`${signer.url}/api/v1/eth1/sign/${alice.address}`, { data: '0x00' });
    assert.equal(rest.status, 403);
    // A key without a table of its own may do nothing.
    await refused(call(signer.url, 'eth_sign', [carol.address, '0x00']), '.+');
  });

  it('limits rates and sums, and what is denied takes no nonce', async () => {
    await send(bob, { to: alice.address, value: '0x8' });
    await refused(send(bob, { to: alice.address, value: '0x8' }), '.+');
    await send(bob, { to: alice.address, value: '0x1' });
    await call(signer.url, 'eth_sign', [bob.address, '0x00']);
    await refused(call(signer.url, 'eth_sign', [bob.address, '0x00']), 'rate');
    await until('two mined', async () =>
      (await call(node.url, 'eth_getTransactionCount', [bob.address, 'latest'])) === '0x2');
  });

  it('counts what was spent before a restart', async () => {
    await signer.stop();
    signer = await startSigner(args);
    await refused(send(bob, { to: alice.address, value: '0x8' }), '.*value.*');
    await send(bob, { to: alice.address, value: '0x1' });
  });

  it('is read again with the keys, and stays as it was when it is wrong', async () => {
    const reload = async () => {
      await post(`${signer.url}/reload`, '');
      return until('reload', async () => {
        const status = await (await fetch(`${signer.url}/reload`)).json();
        return status.status === 'running' ? undefined : status;
      });
    };
    writeFileSync(file, policyText('"200 wei"'));
    assert.equal((await reload()).status, 'completed');
    await send(alice, { to: bob.address, value: '0x65' });
    writeFileSync(file, policyText('"many"'));
    const status = await reload();
    assert.equal(status.status, 'completed_with_errors');
    assert.match(status.lastError, /policy\.toml:5: max_value/);
    await send(alice, { to: bob.address, value: '0x65' });
    writeFileSync(file, policyText());
    assert.equal((await reload()).status, 'completed');
  });

  it('has its denials in the audit log, which shows when it was changed', async () => {
    const lines = auditLines(folder);
    assert.ok(lines.some((line) => line.rule === 'rate'));
    assert.ok(lines.some((line) => line.event === 'sign_transaction' && line.rule === undefined));
    await signer.stop();
    const verify = (...more) => runSigner([`--data-path=${folder}/data`, 'audit', 'verify', '--json', ...more]);
    const good = await verify();
    assert.equal(good.code, 0, good.stdout);
    const { head } = JSON.parse(good.stdout);
    assert.equal((await verify(`--head=${head}`)).code, 0);
    const log = join(folder, 'data', 'audit.log');
    const text = readFileSync(log, 'utf8');
    // Cut off at its end it is whole in itself, but does not reach what was seen before.
    const cut = text.trimEnd().split('\n').slice(0, -1).join('\n');
    writeFileSync(log, `${cut}\n`);
    assert.equal((await verify()).code, 0);
    assert.equal((await verify(`--head=${head}`)).code, 1);
    writeFileSync(log, text.replace('"rate"', '"fate"'));
    const bad = await verify();
    assert.equal(bad.code, 1);
    assert.equal(JSON.parse(bad.stdout).valid, false);
    appendFileSync(log, '');
  });

  it('that is wrong is refused at the start, with its line', async () => {
    writeFileSync(file, `${policyText()}\n[[key]]\nadress = "x"\n`);
    await assert.rejects(startSigner(args), /ended with 2[^]*policy\.toml:\d+/);
  });
});
