// SPDX-License-Identifier: Apache-2.0
// Things that go wrong on a running network, which has to come back by itself.
import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { call, eventually, isRunning, sleep, small, withNetwork } from './support/local-network.mjs';

const period = 500;

/** Until all nodes are three blocks further; tells how long that took. */
async function recovers(network, what) {
  const ms = await network.progress(3, { seconds: 60 });
  console.log(`${what}: three blocks everywhere after ${(ms / period).toFixed(1)} block periods`);
}

it('outlives the death of any node, and of all', async () => {
  await withNetwork(small, async (network) => {
    await network.up();
    for (const name of ['validator-1', 'sentry-1', 'rpc-1']) {
      const { pid } = await network.find(name);
      process.kill(pid, 'SIGKILL');
      await recovers(network, `${name} killed`);
      const after = await network.find(name);
      assert.equal(after.restarts, 1);
      assert.equal(after.last_exit, 'was killed by SIGKILL');
      assert.notEqual(after.pid, pid);
    }

    const validators = await network.ofTier('validator');
    for (const { pid } of validators) process.kill(pid, 'SIGKILL');
    await recovers(network, 'all validators killed');

    await network.do('kill', 'validator-2');
    await recovers(network, 'validator-2 killed by command');
    await network.assertNothingReverted();
  });
});

// The sentry then finds all of them at once. Each was told to it once, and it is the only way to the validator.
it('gets into blocks what was sent while the sentry was paused', async () => {
  const line = ['--validators', '1', '--sentries', '1', '--rpc', '1', '--archive', '0', '--oracles', '1', '--block-period', '500'];
  await withNetwork(line, async (network) => {
    await network.up();
    const [{ ports }] = await network.ofTier('rpc');
    const signer = (await network.find('signer')).ports.http;
    const { address } = JSON.parse(readFileSync(join(network.folder, 'signer', 'keys', 'load.json'), 'utf8'));
    const account = `0x${address.replace(/^0x/, '')}`;
    const { pid } = await network.find('sentry-1');
    process.kill(pid, 'SIGSTOP');
    const count = 40;
    for (let i = 0; i < count; ++i) {
      await call(signer, 'eth_sendTransaction', [{ from: account, to: account, value: '0x1', gas: '0x5208' }]);
      await sleep(20); // a message each
    }
    process.kill(pid, 'SIGCONT');
    await eventually(async () => Number(await call(ports.http, 'eth_getTransactionCount', [account, 'latest'])) === count,
      'all transactions in blocks', 60);
  });
});

it('outlives a process that is paused', async () => {
  await withNetwork(small, async (network) => {
    await network.up();
    const { pid } = await network.find('validator-3');
    process.kill(pid, 'SIGSTOP');
    const height = await network.height();
    await eventually(async () => await network.height() >= height + 4, 'blocks without one of four validators');
    process.kill(pid, 'SIGCONT');
    await recovers(network, 'validator-3 goes on');
    assert.equal((await network.find('validator-3')).pid, pid, 'nobody killed it');

    // One that is stopped ends all the same.
    process.kill(pid, 'SIGSTOP');
    await network.do('stop', 'validator-3');
    assert.ok(!isRunning(pid));
    await network.do('start', 'validator-3');
    await recovers(network, 'validator-3 started');
    await network.assertNothingReverted();
  });
});

it('outlives the loss of data folders', async () => {
  await withNetwork(small, async (network) => {
    await network.up();
    await network.progress(3);
    for (const name of ['validator-4', 'rpc-1']) {
      await network.do('stop', name);
      rmSync(join(network.folder, 'nodes', name, 'data'), { recursive: true });
      await network.do('start', name);
      await recovers(network, `${name} has lost its data`);
    }
    await network.assertNothingReverted();
  });
});

it('outlives the death of its supervisor: the next one takes over what runs', async () => {
  await withNetwork(small, async (network) => {
    await network.up();
    const before = await network.status();
    process.kill(network.supervisorPid(), 'SIGKILL');
    const { pid } = await network.find('rpc-1').then(() => before.find((each) => each.name === 'rpc-1'));
    process.kill(pid, 'SIGKILL'); // nobody sees it
    await sleep(300);
    assert.ok(before.filter((each) => each.name !== 'rpc-1').every((each) => isRunning(each.pid)));
    await network.up();
    const after = await network.status();
    for (const each of before) {
      const now = after.find(({ name }) => name === each.name);
      if (each.name === 'rpc-1') assert.notEqual(now.pid, each.pid);
      else assert.equal(now.pid, each.pid, each.name);
    }
    process.kill(after.find((each) => each.name === 'validator-1').pid, 'SIGKILL');
    await recovers(network, 'validator-1 killed under the new supervisor');
    assert.equal((await network.find('validator-1')).last_exit, 'ended', 'how is not told to who is not the parent');

    // Without any supervisor, `down` ends what runs all the same.
    process.kill(network.supervisorPid(), 'SIGKILL');
    const { stdout } = { stdout: await network.down() };
    assert.match(stdout, /all has ended/);
    assert.deepEqual([...network.pids].filter(isRunning), []);
  });
});
