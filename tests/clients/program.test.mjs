// SPDX-License-Identifier: Apache-2.0
// The program itself: options, subcommands, what it leaves behind
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { it } from 'node:test';
import {
  accounts, call, run, runProgram, startNode, startProgram, temporaryFolder, withNode,
} from './support/node.mjs';

function post(url, method) {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: [] }),
  });
}

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
  const part = temporaryFolder();
  const importPart = (...range) =>
    runProgram(['--dev', `--data-path=${part}`, 'blocks', 'import', '--json', ...range, file]);
  const first = await importPart('--end-block=9');
  assert.equal(JSON.parse(first.stdout.trim().split('\n').at(-1)).number, 8);
  assert.equal((await importPart('--start-block=10')).code, 1);
  const rest = await importPart('--start-block=9', '--end-block=15');
  assert.equal(JSON.parse(rest.stdout.trim().split('\n').at(-1)).number, 14);
  const verified = await runProgram(['--dev', `--data-path=${to}`, 'storage', 'verify', '--json']);
  assert.equal(verified.code, 0, verified.stdout);
  assert.deepEqual(JSON.parse(verified.stdout).faults, []);
  const usage = await runProgram(['--dev', `--data-path=${to}`, 'storage', 'usage']);
  assert.match(usage.stdout, /total/);
});

it('repairs a database by executing its blocks again', async () => {
  const data = temporaryFolder();
  const storage = (...words) => runProgram(['--dev', `--data-path=${data}`, 'storage', ...words]);
  let head;
  await withNode([`--data-path=${data}`], async (node) => {
    for (let i = 0; i < 5; ++i)
      await call(node.http, 'eth_sendTransaction',
        [{ from: accounts[0].address, to: accounts[1].address, value: '0x1' }]);
    head = await call(node.http, 'eth_getBlockByNumber', ['latest', false]);
    // A state that no block leads to.
    await call(node.http, 'hardhat_setBalance', [accounts[1].address, '0x1']);
  });
  const faulty = await storage('verify');
  assert.equal(faulty.code, 1);
  assert.match(faulty.stdout, /block #5: the root of its state is/);
  const repaired = await storage('repair');
  assert.equal(repaired.code, 0, repaired.stderr);
  assert.match(repaired.stdout, /5 of 5 blocks executed again; .*database\.damaged/);
  assert.equal((await storage('verify')).code, 0);
  assert.match((await storage('repair')).stdout, /nothing to be repaired/);
  assert.ok(existsSync(join(data, 'database.damaged')));
  await withNode([`--data-path=${data}`], async (node) => {
    assert.equal((await call(node.http, 'eth_getBlockByNumber', ['latest', false])).hash, head.hash);
    assert.equal(BigInt(await call(node.http, 'eth_getBalance', [accounts[1].address, 'latest'])),
      10_000n * 10n ** 18n + 5n);
  });
});

it('refuses a broken chain file and says where', async () => {
  const data = temporaryFolder();
  const file = join(data, 'broken.rlp');
  writeFileSync(file, 'nonsense');
  const { code, stderr } = await runProgram(['--dev', `--data-path=${data}`, 'import', file]);
  assert.equal(code, 1);
  assert.match(stderr, /broken\.rlp/);
});

it('tries a genesis file with new forks on a chain before any node gets it', async () => {
  const data = temporaryFolder();
  const file = join(data, 'genesis.json');
  const write = (config) => writeFileSync(file, JSON.stringify({
    config: { chainId: 138, berlinBlock: 0, ethash: {}, ...config },
    gasLimit: '0x1c9c380', difficulty: '0x1', alloc: {},
  }));
  const check = async (...more) => {
    const result = await runProgram(
      [`--genesis-file=${file}`, `--data-path=${data}`, 'genesis', 'check', ...more]);
    return { ...result, json: more.length ? JSON.parse(result.stdout) : undefined };
  };
  write({});
  const node = await startProgram([`--genesis-file=${file}`, `--data-path=${data}`,
    '--p2p-enabled=false']);
  const record = readFileSync(join(data, 'genesis-record.json'), 'utf8');
  try {
    // Beside the running node.
    write({ londonBlock: 5000, shanghaiTime: 4102444800 });
    const planned = await check('--json');
    assert.equal(planned.code, 0, planned.stderr);
    assert.deepEqual(planned.json.forks.filter((fork) => fork.name !== 'Paris'),
      [{ name: 'London', block: 5000 }, { name: 'Shanghai', timestamp: 4102444800 }]);
    assert.equal(planned.json.forkId.next, 5000);
    assert.match((await check()).stdout, /London +with block #5,000, in 5,000 blocks/);
    write({ chainId: 139 });
    const other = await check();
    assert.equal(other.code, 1, other.stderr);
    assert.match(other.stdout, /does not fit[\s\S]*chainId/);
    assert.equal(readFileSync(join(data, 'genesis-record.json'), 'utf8'), record);
  } finally {
    await node.stop();
  }
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

it('hashes a password for the file of users', async () => {
  const given = await runProgram(['password', 'hash', '--password=correct horse']);
  assert.match(given.stdout, /^\$2a\$10\$[./A-Za-z0-9]{53}\n$/);
  const { stdout } = await run('bash', ['-c', 'echo "correct horse" | "$META138_NODE" password hash']);
  assert.match(stdout, /^\$2a\$10\$/);
  assert.notEqual(stdout, given.stdout);
});

it('takes a key in the path of its URL where tokens cannot be sent', async () => {
  const folder = temporaryFolder();
  const keys = join(folder, 'keys.toml');
  const key = 'explorer-key-of-32-characters-00';
  const hash = createHash('sha256').update(key).digest('hex');
  writeFileSync(keys, `[Keys.explorer]\nsha256 = "${hash}"\npermissions = ["eth:*"]\n`);
  await withNode(['--rpc-http-authentication-enabled',
    `--rpc-http-authentication-api-keys-file=${keys}`], async (node) => {
    assert.equal(await call(`${node.http}/${key}`, 'eth_chainId'), '0x8a');
    await assert.rejects(call(`${node.http}/${key}`, 'net_version'));
    assert.equal((await post(node.http, 'eth_chainId')).status, 401);
    assert.equal((await post(`${node.http}/another-key`, 'eth_chainId')).status, 404);
  });
});

it('indents answers for people', async () => {
  await withNode(['--json-pretty-print-enabled'], async (node) => {
    const single = await post(node.http, 'eth_chainId');
    assert.equal(await single.text(), '{\n  "jsonrpc" : "2.0",\n  "id" : 1,\n  "result" : "0x8a"\n}');
    const batch = await fetch(node.http, { method: 'POST',
      body: '[{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}]' });
    assert.equal(await batch.text(), '[{"jsonrpc":"2.0","id":1,"result":"0x8a"}]');
  });
});

it('pushes its metrics to a gateway, and takes them back when it ends', async () => {
  const seen = [];
  let onSeen = () => {};
  const gateway = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => { body += piece; });
    request.on('end', () => {
      seen.push({ method: request.method, path: request.url, type: request.headers['content-type'], body });
      onSeen();
      response.writeHead(202).end();
    });
  });
  gateway.listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  try {
    await withNode(['--metrics-push-enabled', `--metrics-push-port=${gateway.address().port}`,
      '--metrics-push-interval=1', '--metrics-push-prometheus-job=my nodes'], async () => {
      while (seen.length < 2) await new Promise((resolve) => { onSeen = resolve; });
    });
    for (const push of seen.slice(0, 2)) {
      assert.equal(push.method, 'POST');
      assert.equal(push.path, '/metrics/job/my%20nodes');
      assert.match(push.type, /^text\/plain; version=0\.0\.4/);
      assert.match(push.body, /^ethereum_blockchain_height 0$/m);
    }
    assert.deepEqual({ method: seen.at(-1).method, path: seen.at(-1).path },
      { method: 'DELETE', path: '/metrics/job/my%20nodes' });
  } finally {
    gateway.close();
  }
});

it('says why it does without what Besu has and it has not', async () => {
  for (const [option, reason] of [
    ['--security-module=hsm', /--node-private-key-file/],
    ['--metrics-enabled --metrics-protocol=OPENTELEMETRY', /Prometheus receiver/],
  ]) {
    const { code, stderr } = await runProgram(['--dev', ...option.split(' ')]);
    assert.equal(code, 2, option);
    assert.match(stderr, reason);
  }
  const command = await runProgram(['--dev', 'storage', 'trie-log', 'prune']);
  assert.equal(command.code, 2);
  assert.match(command.stderr, /no 'storage trie-log prune'.*use storage prune/);
  const node = await startNode(['--Xmodexp-native-enabled=true', '--ethstats=me:secret@localhost']);
  await node.stop();
  assert.match(node.log, /without effect: --Xmodexp-native-enabled/);
  assert.match(node.log, /No effect yet: --ethstats/);
});

it('shows its limits when it starts', async () => {
  const node = await startNode(['--rpc-max-logs-range=77', '--tx-pool-max-future-by-sender=55']);
  await node.stop();
  assert.match(node.log, /JSON-RPC limits: +batches of 1,024, logs of 77 blocks, .* 30 s a request/);
  assert.match(node.log, /Transaction pool: .* nonces 55 ahead/);
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
    for (const component of ['database', 'transaction_pool', 'allocated', 'kept_by_allocator'])
      assert.match(metrics, new RegExp(`^meta138_memory_bytes\\{component="${component}"\\} \\d`, 'm'));
    assert.match(metrics, /^meta138_storage_disk_bytes\{kind="[a-z_ ]+"\} \d/m);
    assert.match(metrics, /^meta138_block_production_left_out_total\{reason="below_min_gas_price"\} 0$/m);
    assert.match(metrics, /^besu_rpc_batches_total 0$/m);
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
