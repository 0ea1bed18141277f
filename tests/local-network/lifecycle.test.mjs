// SPDX-License-Identifier: Apache-2.0
// A local network from its making to its end.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { it } from 'node:test';
import { call, eventually, isRunning, LocalNetwork, meta138, run, small, withNetwork } from './support/local-network.mjs';

const pids = (processes) => Object.fromEntries(processes.map((each) => [each.name, each.pid]));

function listen(port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

it('is made, runs, ends, and goes on where it ended', async () => {
  await withNetwork(small, async (network) => {
    const twice = await meta138('network', 'init', '--dir', network.folder);
    assert.equal(twice.code, 1);
    assert.match(twice.stderr, /has a network already/);
    for (const secret of ['nodes/validator-1/key', 'signer/keys/deployer.json', 'signer/passwords/deployer.txt'])
      assert.equal(statSync(join(network.folder, secret)).mode & 0o77, 0, secret);

    assert.match(await network.up(), /blocks are made, after/);
    const first = await network.status();
    assert.deepEqual(new Set(first.map((each) => each.state)), new Set(['running']));
    const validator = first.find((each) => each.name === 'validator-1');
    const peers = await call(validator.ports.http, 'admin_peers');
    assert.equal(peers.length, 2, 'validators see sentries only');

    assert.doesNotMatch(await network.up(), /starting/);
    assert.deepEqual(pids(await network.status()), pids(first), 'nothing was started again');

    await network.progress(2);
    const height = await network.height();
    assert.match(await network.down(), /all has ended/);
    assert.deepEqual([...network.pids].filter(isRunning), []);
    assert.match(await network.down(), /nothing runs/);
    assert.match(readFileSync(join(network.folder, 'run', 'supervisor.log'), 'utf8'), /validator-4 ended with exit code 0/);

    await network.up();
    await network.reach(height + 2);
    await network.assertNothingReverted();

    const refused = await run(process.env.META138, ['network', 'destroy', '--dir', network.folder], { input: 'no\n' });
    assert.equal(refused.code, 1);
    assert.ok(existsSync(network.folder));
  });
});

it('says which word of the command line is no command, and which version it is', async () => {
  for (const [words, wrong] of [[['newtork', 'up'], 'newtork'], [['network', 'stats'], 'stats']]) {
    const { code, stderr } = await meta138(...words);
    assert.equal(code, 2);
    assert.match(stderr, new RegExp(`^${wrong} is no command`));
  }
  assert.match((await meta138('--version')).stdout, /^meta138 \d+\.\d+\.\d+$/m);
});

it('restarts, stops and shows the log of one process', async () => {
  await withNetwork(small, async (network) => {
    await network.up();
    const before = await network.find('rpc-1');
    assert.match(await network.do('restart', 'rpc-1'), /rpc-1 runs anew/);
    const after = await network.find('rpc-1');
    assert.notEqual(after.pid, before.pid);
    assert.equal(after.restarts, 0, 'not a crash');
    await network.do('stop', 'rpc-1');
    assert.equal((await network.find('rpc-1')).state, 'stopped');
    await network.do('start', 'rpc-1');
    await network.progress(1);
    assert.match(await network.do('logs', 'rpc-1', '-n', '3'), /^(.*\n){3}$/);
    assert.match(await network.do('logs', 'supervisor'), /rpc-1 started as process/);
    const unknown = await meta138('network', 'restart', '--dir', network.folder, 'rpc-9');
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /there is no rpc-9/);
  });
});

it('takes other ports than those that are taken, until it has run; then it says who has them', async () => {
  const network = new LocalNetwork();
  await network.init(...small);
  try {
    const [before] = await network.status();
    const server = await listen(before.ports.http);
    assert.match(await network.up(),
      new RegExp(`port ${before.ports.http} is taken by process ${process.pid} .*: validator-1 has (\\d+) in its place`));
    const [moved] = await network.status();
    assert.notEqual(moved.ports.http, before.ports.http);
    assert.equal(moved.state, 'running');
    await network.progress(1);
    await network.down();
    server.close();

    const another = await listen(moved.ports.http);
    const refused = await meta138('network', 'up', '--dir', network.folder);
    another.close();
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, new RegExp(`${moved.ports.http} of validator-1: process ${process.pid}`));
  } finally {
    assert.deepEqual(await network.destroy(), []);
  }
});

it('ends when its folder is removed under it', async () => {
  await withNetwork(small, async (network) => {
    await network.up();
    await network.status();
    const supervisor = network.supervisorPid();
    rmSync(network.folder, { recursive: true, force: true });
    await eventually(() => ![supervisor, ...network.pids].some(isRunning), 'the end of all processes');
  });
});

it('says what is wrong with options and files, and where', async () => {
  const wrong = await meta138('network', 'init', '--validators', '0');
  assert.equal(wrong.code, 2);
  const network = new LocalNetwork();
  const nowhere = await meta138('network', 'up', '--dir', network.folder);
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.stderr, /there is no network here; `meta138 network init/);
});
