// SPDX-License-Identifier: Apache-2.0
// The program itself: options, subcommands, what it leaves behind
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { accounts, call, run, runProgram, startNode, temporaryFolder, withNode } from './support/node.mjs';

it('ends with 2 and one line for a bad option', async () => {
  const { code, stdout, stderr } = await runProgram(['--rpc-http-prot=1', '--dev']);
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /^Unknown option: '--rpc-http-prot'. Did you mean --rpc-http-port/);
  assert.match(stderr, /To display full help:/);
});

it('prints its help and its version', async () => {
  const help = await runProgram(['--help']);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /--rpc-http-port=PORT/);
  const version = await runProgram(['--version']);
  assert.match(version.stdout, /^meta138\/v\d+\.\d+\.\d+\//);
});

it('says which port is taken', async () => {
  await withNode([], async (node) => {
    const { code, stderr } = await runProgram(['--dev', `--rpc-http-port=${node.httpPort}`]);
    assert.equal(code, 2);
    assert.match(stderr, new RegExp(`Port\\(s\\) '\\[${node.httpPort}\\]' already in use`));
  });
});

it('keeps a chain over a restart, and leaves no files of a running node behind', async () => {
  const data = temporaryFolder();
  const pid = join(data, 'node.pid');
  const args = [`--data-path=${data}`, `--pid-path=${pid}`];
  let hash;
  await withNode(args, async (node) => {
    hash = await call(node.http, 'eth_sendTransaction',
      [{ from: accounts[0].address, to: accounts[1].address, value: '0x1' }]);
    assert.equal(Number(readFileSync(pid, 'utf8')), node.pid);
    assert.match(readFileSync(join(data, 'besu.ports'), 'utf8'), new RegExp(`json-rpc=${node.httpPort}`));
  });
  assert.equal(existsSync(pid), false);
  assert.equal(existsSync(join(data, 'besu.ports')), false);
  await withNode(args, async (node) => {
    assert.equal((await call(node.http, 'eth_getTransactionReceipt', [hash])).status, '0x1');
  });
});

it('has its last whole block after being killed', async () => {
  const data = temporaryFolder();
  for (let round = 1; round <= 3; ++round) {
    const node = await startNode([`--data-path=${data}`]);
    const before = Number(await call(node.http, 'eth_blockNumber'));
    assert.ok(before >= 5 * (round - 1));
    await call(node.http, 'hardhat_mine', ['0x5']);
    await node.stop('SIGKILL');
  }
});

it('exports a chain and imports it elsewhere', async () => {
  const [from, to] = [temporaryFolder(), temporaryFolder()];
  const file = join(from, 'chain.rlp');
  let head;
  await withNode([`--data-path=${from}`], async (node) => {
    await call(node.http, 'hardhat_mine', ['0x14']);
    await call(node.http, 'eth_sendTransaction',
      [{ from: accounts[0].address, to: accounts[1].address, value: '0x1' }]);
    head = await call(node.http, 'eth_getBlockByNumber', ['latest', false]);
  });
  const exported = await runProgram(['--dev', `--data-path=${from}`, 'blocks', 'export', `--to=${file}`]);
  assert.equal(exported.code, 0, exported.stderr);
  assert.ok(statSync(file).size > 10_000);
  const imported = await runProgram(['--dev', `--data-path=${to}`, 'import', '--json', file]);
  assert.equal(imported.code, 0, imported.stderr);
  const last = JSON.parse(imported.stdout.trim().split('\n').at(-1));
  assert.equal(last.number, 21);
  await withNode([`--data-path=${to}`], async (node) => {
    assert.equal((await call(node.http, 'eth_getBlockByNumber', ['latest', false])).hash, head.hash);
  });
  const verified = await runProgram(['--dev', `--data-path=${to}`, 'storage', 'verify', '--json']);
  assert.equal(verified.code, 0, verified.stdout);
  assert.deepEqual(JSON.parse(verified.stdout).faults, []);
  const usage = await runProgram(['--dev', `--data-path=${to}`, 'storage', 'usage']);
  assert.match(usage.stdout, /total/);
});

it('refuses a broken chain file and says where', async () => {
  const data = temporaryFolder();
  const file = join(data, 'broken.rlp');
  writeFileSync(file, 'nonsense');
  const { code, stderr } = await runProgram(['--dev', `--data-path=${data}`, 'import', file]);
  assert.equal(code, 1);
  assert.match(stderr, /broken\.rlp/);
});

it('refuses the data of another chain', async () => {
  const data = temporaryFolder();
  await withNode([`--data-path=${data}`], async () => {});
  const { code, stderr } = await runProgram(['--dev', '--dev-accounts=3', `--data-path=${data}`]);
  assert.equal(code, 2);
  assert.match(stderr, /genesis/i);
});

it('makes and shows the key of a node', async () => {
  const data = temporaryFolder();
  const dev = ['--dev', `--data-path=${data}`];
  const first = await runProgram([...dev, 'public-key', 'export-address']);
  assert.match(first.stdout, /^0x[0-9a-f]{40}\n$/);
  assert.equal((await runProgram([...dev, 'public-key', 'export-address'])).stdout, first.stdout);
  assert.equal(statSync(join(data, 'key')).mode & 0o777, 0o600);
  const { code, stderr } = await runProgram(
    [...dev, '--node-private-key-file=/nonexistent', 'public-key', 'export']);
  assert.equal(code, 2);
  assert.match(stderr, /Private key file doesn't exist/);
});

it('judges a configuration file', async () => {
  const file = join(temporaryFolder(), 'config.toml');
  writeFileSync(file, 'rpc-http-enabled=true\n');
  const good = await runProgram(['validate-config', `--config-file=${file}`]);
  assert.match(good.stdout, /TOML config file is valid on basic inspection/);
  writeFileSync(file, 'no-such-option=true\n');
  const bad = await runProgram(['validate-config', `--config-file=${file}`]);
  assert.equal(bad.code, 0);
  assert.match(bad.stdout, /Unknown option in TOML configuration file: no-such-option/);
});

it('is small when idle, healthy, and measured', async () => {
  await withNode(['--metrics-enabled', '--metrics-port=0'], async (node) => {
    assert.equal(await call(node.http, 'eth_blockNumber'), '0x0');
    assert.ok(node.residentBytes() < 80 << 20, `${node.residentBytes()} bytes`);
    for (const path of ['/liveness', '/readiness?minPeers=0', '/readiness'])
      assert.equal((await fetch(node.http + path)).status, 200, path);
    assert.equal((await fetch(node.http)).status, 201);
    await call(node.http, 'evm_mine');
    const metrics = await (await fetch(`http://127.0.0.1:${node.metricsPort}/metrics`)).text();
    assert.match(metrics, /^ethereum_blockchain_height 1$/m);
    assert.match(metrics, /^besu_transaction_pool_transactions 0$/m);
    assert.match(metrics, /^besu_synchronizer_in_sync 1$/m);
    assert.match(metrics, /^process_resident_memory_bytes /m);
  });
});

it('ends at once and in order when it is asked to', async () => {
  for (const signal of ['SIGTERM', 'SIGINT']) {
    const node = await startNode();
    assert.equal(await node.stop(signal), 0);
    assert.match(node.log, /Stopped at block #0/);
  }
});

it('writes JSON lines for collectors', async () => {
  const { stdout } = await run('bash', ['-c',
    '"$META138_NODE" --dev --rpc-http-port=0 --rpc-ws-port=0 --log-format=json & pid=$!; sleep 1; kill $pid; wait']);
  for (const line of stdout.trim().split('\n')) assert.ok(JSON.parse(line).message);
});
