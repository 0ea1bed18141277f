// SPDX-License-Identifier: Apache-2.0
// meta138 deploy on a running chain, read by ethers and cast; interrupted, repeated.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Contract, JsonRpcProvider, Transaction, Wallet, encryptKeystoreJsonSync } from 'ethers';
import { accounts, call, post, run, startNode } from '../clients/support/node.mjs';

const tool = process.env.META138_TOOL;
const cast = fileURLToPath(new URL('node_modules/@foundry-rs/cast-linux-amd64/bin/cast', import.meta.url));
const [deployer, transmitter] = accounts;

const plan = `
timelock-delay = "1h"
demonstration = true

[defaults]
heartbeat = "1h"
deviation = "0.5%"
transmitters = ["${transmitter.address}"]

[[feed]]
base = "ETH"
quote = "USD"
min = "1"
max = "1000000"

[[feed]]
base = "BTC"
quote = "USD"
heartbeat = "30m"
deviation = "0.25%"
history = 1024
`;

const feedAbi = [
  'function latestRoundData() view returns (uint80, int256, uint256, uint256, uint80)',
  'function decimals() view returns (uint8)',
  'function description() view returns (string)',
  'function transmit(uint80, int256, uint64) returns (bool)',
  'function admin() view returns (address)',
  'function transmitters() view returns (address[])',
  'function settings() view returns (tuple(uint32 heartbeat, uint16 deviationBps, uint16 maxObservationAge, bool skipsNeedless, int256 minAnswer, int256 maxAnswer, uint32 historySize))',
];

const folders = [];
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder with the plan and the deployer's key; gone after the process. */
function workFolder(text = plan) {
  const folder = mkdtempSync(join(tmpdir(), 'meta138-deploy-'));
  folders.push(folder);
  writeFileSync(join(folder, 'deploy.toml'), text);
  writeFileSync(join(folder, 'key'), `${deployer.key}\n`, { mode: 0o600 });
  return folder;
}

const keyFile = ['--key-file', 'key'];

function deploy(node, folder, args = keyFile) {
  return run(tool, ['deploy', 'deploy.toml', '--url', node.http, ...args], { cwd: folder });
}

async function deployed(node, folder, args) {
  const { code, stdout, stderr } = await deploy(node, folder, args);
  assert.equal(code, 0, stderr);
  return { stdout, stderr, manifest: JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) };
}

const addresses = (manifest) => Object.fromEntries([
  ...manifest.contracts.map(({ name, address }) => [name, address]),
  ...manifest.feeds.map(({ description, address }) => [description, address]),
]);

const transactions = (node) => call(node.http, 'eth_getTransactionCount', [deployer.address, 'latest']);

/** Runs it, and kills it when it has said so many lines. */
function deployAndKill(node, folder, lines) {
  return new Promise((resolve, reject) => {
    const child = spawn(tool, ['deploy', 'deploy.toml', '--url', node.http, ...keyFile],
      { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
      if (said.split('\n').length > lines) child.kill('SIGKILL');
    });
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal));
  });
}

describe('meta138 deploy', () => {
  let node;
  let folder;
  let first;
  before(async () => {
    node = await startNode();
    folder = workFolder();
    first = await deployed(node, folder);
  });
  after(() => node?.stop());

  it('says where everything is, with code there', async () => {
    assert.equal(first.manifest.chainId, 138);
    assert.deepEqual(first.manifest.contracts.map(({ name }) => name).sort(), ['Aggregator',
      'CREATE2 factory', 'FeedRegistry', 'MintableToken', 'Multicall3', 'SwapFactory', 'SwapPair',
      'SwapRouter', 'TimelockController', 'WETH9']);
    for (const { name, address, codeHash } of [...first.manifest.contracts, ...first.manifest.feeds]) {
      const code = await call(node.http, 'eth_getCode', [address, 'latest']);
      assert.notEqual(code, '0x', name);
      const proof = await call(node.http, 'eth_getProof', [address, [], 'latest']);
      assert.equal(proof.codeHash, codeHash, name);
    }
  });

  it('tells blocks and transactions of what it made', async () => {
    for (const { name, block, transactionHash } of first.manifest.contracts) {
      if (name === 'CREATE2 factory') continue;
      const receipt = await call(node.http, 'eth_getTransactionReceipt', [transactionHash]);
      assert.equal(Number(receipt.blockNumber), block, name);
      assert.equal(receipt.status, '0x1', name);
    }
  });

  it('a feed is read by ethers and by the command that it printed', async () => {
    const provider = new JsonRpcProvider(node.http, undefined, { cacheTimeout: -1 });
    const [{ address }] = first.manifest.feeds;
    const feed = new Contract(address, feedAbi, new Wallet(transmitter.key, provider));
    await assert.rejects(feed.latestRoundData(), /No data present/);
    const now = (await provider.getBlock('latest')).timestamp;
    await (await feed.transmit(1, 200_000_000_000n, now)).wait();
    const [round, answer] = await feed.latestRoundData();
    assert.deepEqual([round, answer], [1n, 200_000_000_000n]);
    assert.equal(await feed.decimals(), 8n);
    assert.equal(await feed.description(), 'ETH / USD');

    const [, command] = /^ {2}cast (call .*)$/m.exec(first.stdout);
    const args = command.match(/'[^']*'|\S+/g).map((word) => word.replaceAll("'", ''));
    const { code, stdout, stderr } = await run(cast, args);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^1\n200000000000/);
    provider.destroy();
  });

  it('the registry knows the feeds', async () => {
    const provider = new JsonRpcProvider(node.http);
    const registry = new Contract(addresses(first.manifest).FeedRegistry, [
      'function getFeed(address, address) view returns (address)',
      'function feedCount() view returns (uint256)'], provider);
    assert.equal(await registry.feedCount(), 2n);
    // Chainlink's Denominations: ETH, and USD as ISO 4217's 840
    const feed = await registry.getFeed('0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE',
      '0x0000000000000000000000000000000000000348');
    assert.equal(feed.toLowerCase(), first.manifest.feeds[0].address);
    provider.destroy();
  });

  it('prints what a wallet is told (EIP-3085)', () => {
    const parameters = JSON.parse(/EIP-3085\):\n {2}(.*)$/m.exec(first.stdout)[1]);
    assert.equal(parameters.chainId, '0x8a');
    assert.deepEqual(parameters.rpcUrls, [node.http]);
    assert.equal(parameters.nativeCurrency.decimals, 18);
  });

  it('sends nothing the second time, and says so', async () => {
    const before = await transactions(node);
    const manifest = readFileSync(join(folder, 'manifest.json'), 'utf8');
    const { stderr, stdout } = await deployed(node, folder);
    assert.match(stderr, /Nothing was missing: no transaction was sent/);
    assert.equal(await transactions(node), before);
    assert.equal(readFileSync(join(folder, 'manifest.json'), 'utf8'), manifest);
    assert.equal(stdout, first.stdout);
  });

  it('sends nothing without its manifest either: what is there is on the chain', async () => {
    const before = await transactions(node);
    const other = workFolder();
    const { manifest } = await deployed(node, other);
    assert.equal(await transactions(node), before);
    assert.deepEqual(addresses(manifest), addresses(first.manifest));
  });

  it('brings feeds to a changed plan', async () => {
    const changed = workFolder(plan.replace('deviation = "0.25%"', 'deviation = "1%"')
      .replace(`["${transmitter.address}"]`, `["${deployer.address}"]`)
      + '\n[[feed]]\nbase = "LINK"\nquote = "USD"\n');
    const { manifest } = await deployed(node, changed);
    const provider = new JsonRpcProvider(node.http);
    const bitcoin = new Contract(addresses(manifest)['BTC / USD'], feedAbi, provider);
    assert.equal((await bitcoin.settings()).deviationBps, 100n);
    assert.deepEqual([...await bitcoin.transmitters()], [deployer.address]);
    assert.equal(addresses(manifest)['BTC / USD'], addresses(first.manifest)['BTC / USD']);
    assert.equal(manifest.feeds.length, 3);
    provider.destroy();
    assert.match((await deployed(node, changed)).stderr, /Nothing was missing/);
  });

  it('says so when a feed on the chain has another description', async () => {
    const other = workFolder(plan.replace('quote = "USD"\nmin', 'quote = "USD"\ndescription = "Ether in dollars"\nmin'));
    const { code, stderr } = await deploy(node, other);
    assert.equal(code, 1);
    assert.match(stderr, /Ether in dollars: the feed at 0x[0-9a-f]{40} calls itself "ETH \/ USD"/);
  });

  it('prints JSON for programs', async () => {
    const { stdout } = await deployed(node, folder, [...keyFile, '--json']);
    const outcome = JSON.parse(stdout);
    assert.ok(outcome.steps.length >= 2);
    assert.equal(outcome.manifest.chainId, 138);
  });

  it('refuses the manifest of another chain', async () => {
    const other = workFolder();
    writeFileSync(join(other, 'manifest.json'), JSON.stringify({ ...first.manifest, chainId: 1 }));
    const { code, stderr } = await deploy(node, other);
    assert.equal(code, 1);
    assert.match(stderr, /manifest\.json: is the manifest of another chain/);
  });
});

describe('meta138 deploy, interrupted', () => {
  it('goes on where it was killed, wherever that is', { timeout: 120_000 }, async () => {
    let whole;
    for (const lines of [0, 1, 2, 5, 8, 9, 11]) {
      const node = await startNode();
      try {
        const folder = workFolder();
        if (lines > 0) await deployAndKill(node, folder, lines);
        const { manifest } = await deployed(node, folder);
        whole ??= manifest;
        assert.deepEqual(addresses(manifest), addresses(whole), `killed after ${lines} lines`);
        assert.match((await deployed(node, folder)).stderr, /Nothing was missing/);
      } finally {
        await node.stop();
      }
    }
  });
});

describe('meta138 deploy on a chain with a block each second', () => {
  let node;
  before(async () => { node = await startNode(['--dev-period=1']); });
  after(() => node?.stop());

  it('is killed with transactions on their way, waits for them, and goes on', { timeout: 60_000 }, async () => {
    const folder = workFolder();
    const child = spawn(tool, ['deploy', 'deploy.toml', '--url', node.http, ...keyFile],
      { cwd: folder, stdio: 'ignore' });
    const closed = new Promise((resolve) => { child.once('close', resolve); });
    const nonce = async (block) => Number(
      await call(node.http, 'eth_getTransactionCount', [deployer.address, block]));
    while (await nonce('pending') === await nonce('latest') && child.exitCode === null);
    child.kill('SIGKILL');
    await closed;
    const { manifest } = await deployed(node, folder);
    assert.equal(manifest.feeds.length, 2);
    const sent = await nonce('latest');
    assert.match((await deployed(node, folder)).stderr, /Nothing was missing/);
    assert.equal(await nonce('pending'), sent);
    // Everything that is independent goes into one block: far fewer blocks than transactions.
    const last = Math.max(...manifest.feeds.map(({ block }) => block));
    assert.ok(last < sent, `${last} blocks for ${sent} transactions`);
  });
});

/** A server in front of a node; `change` may answer in its place. */
async function inFrontOf(node, change) {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const asked = JSON.parse(body);
    const result = await change(asked);
    const answer = result === undefined ? await post(node.http, body) : { jsonrpc: '2.0', id: asked.id, result };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer));
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return { http: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

describe('meta138 deploy, when a transaction does not get into a block', () => {
  let node;
  before(async () => { node = await startNode(); });
  after(() => node?.stop());

  it('sends it again for more', { timeout: 60_000 }, async () => {
    const lost = [];
    const front = await inFrontOf(node, ({ method, params }) => {
      if (method !== 'eth_sendRawTransaction' || lost.length > 0) return undefined;
      lost.push(Transaction.from(params[0]));
      return lost[0].hash; // and that is all that is heard of it
    });
    const { manifest } = await deployed(front, workFolder(), [...keyFile, '--replace-after', '1']);
    front.close();
    assert.equal(manifest.feeds.length, 2);
    const nonce = `0x${lost[0].nonce.toString(16)}`;
    const blocks = Number(await call(node.http, 'eth_blockNumber'));
    let taken;
    for (let number = 1; number <= blocks && !taken; ++number) {
      const block = await call(node.http, 'eth_getBlockByNumber', [`0x${number.toString(16)}`, true]);
      taken = block.transactions.find((each) => each.from === deployer.address.toLowerCase() && each.nonce === nonce);
    }
    assert.notEqual(taken.hash, lost[0].hash);
    assert.equal(taken.input, lost[0].data);
    assert.ok(BigInt(taken.maxFeePerGas) * 8n >= lost[0].maxFeePerGas * 9n, `${taken.maxFeePerGas}`);
  });

  it('does not wait for one whose nonce another program has used', { timeout: 60_000 }, async () => {
    let lost = 0;
    const other = workFolder(plan.replace('"1h"', '"2h"'));
    const wallet = new Wallet(deployer.key);
    const front = await inFrontOf(node, async ({ method, params }) => {
      if (method !== 'eth_sendRawTransaction' || ++lost > 1) return undefined;
      const { nonce, maxFeePerGas, hash } = Transaction.from(params[0]);
      await call(node.http, 'eth_sendRawTransaction', [await wallet.signTransaction({
        type: 2, chainId: 138, nonce, to: transmitter.address, value: 1n, gasLimit: 21_000n, maxFeePerGas, maxPriorityFeePerGas: maxFeePerGas,
      })]);
      return hash;
    });
    const { manifest } = await deployed(front, other, [...keyFile, '--replace-after', '0']);
    front.close();
    assert.equal(manifest.feeds.length, 2);
    assert.ok(lost > 1);
  });
});

describe('meta138 deploy, by whom', () => {
  let node;
  before(async () => { node = await startNode(); });
  after(() => node?.stop());

  it('tells what it would do and does nothing', async () => {
    const before = await transactions(node);
    const folder = workFolder();
    const { code, stderr } = await deploy(node, folder, [...keyFile, '--dry-run']);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /planned +FeedRegistry/);
    assert.match(stderr, /planned +ETH \/ USD/);
    assert.match(stderr, /Nothing was sent/);
    assert.equal(await transactions(node), before);
    assert.throws(() => readFileSync(join(folder, 'manifest.json')), /ENOENT/);
  });

  it('deploys with an account that the endpoint signs for', async () => {
    const { manifest } = await deployed(node, workFolder(), ['--from', deployer.address]);
    assert.equal(manifest.deployer, deployer.address.toLowerCase());
    assert.equal(manifest.feeds.length, 2);
  });

  it('deploys with a keystore, which finds all of it there', async () => {
    const folder = workFolder();
    const account = { address: deployer.address, privateKey: deployer.key };
    writeFileSync(join(folder, 'keystore.json'),
      encryptKeystoreJsonSync(account, 'a password', { scrypt: { N: 1024, r: 8, p: 1 } }));
    writeFileSync(join(folder, 'password'), 'a password\n');
    const { stderr } = await deployed(node, folder,
      ['--keystore', 'keystore.json', '--password-file', 'password']);
    assert.match(stderr, /Nothing was missing/);
    assert.ok(!stderr.includes('a password'));
  });

  it('refuses a key that others may read', async () => {
    const folder = workFolder();
    writeFileSync(join(folder, 'open-key'), deployer.key, { mode: 0o644 });
    const { code, stderr } = await deploy(node, folder, ['--key-file', 'open-key']);
    assert.equal(code, 2);
    assert.match(stderr, /open-key: others may read it/);
    assert.ok(!stderr.includes(deployer.key.slice(2)));
  });

  it('hands feeds and registry to the timelock, as soon as that allows', async () => {
    const folder = workFolder(plan.replace('"1h"', '"2s"').replace('demonstration', 'hand-over'));
    const { manifest, stderr } = await deployed(node, folder, [...keyFile, '--patience', '20']);
    const at = addresses(manifest);
    assert.equal(manifest.admin, at.TimelockController, stderr);
    const provider = new JsonRpcProvider(node.http);
    for (const { address } of manifest.feeds)
      assert.equal((await new Contract(address, feedAbi, provider).admin()).toLowerCase(), at.TimelockController);
    provider.destroy();
  });
});

describe('a plan that is wrong', () => {
  for (const [name, text, reason] of [
    ['an unknown key', 'weth = true', /deploy\.toml:1: weth is no key that belongs here/],
    ['no TOML', 'weth9 = = true', /deploy\.toml:1: /],
    ['a feed without a quote', '\n[[feed]]\nbase = "ETH"', /deploy\.toml:2: quote is missing/],
    ['a heartbeat of no time', '[[feed]]\nbase = "ETH"\nquote = "USD"\nheartbeat = "0s"', /deploy\.toml:1: heartbeat: 0s/],
    ['no address', '[defaults]\ntransmitters = ["0x12"]', /deploy\.toml:2: transmitters: is to be an address/],
    ['a price as a number', '[[feed]]\nbase = "ETH"\nquote = "USD"\nmin = 0.5', /deploy\.toml:4: min: is to be a price/],
    ['a feed twice', '[[feed]]\nbase = "A"\nquote = "B"\n[[feed]]\nbase = "A"\nquote = "B"', /deploy\.toml:4: A \/ B is a feed already/],
  ]) {
    it(`is refused with its line: ${name}`, async () => {
      const folder = workFolder(text);
      const { code, stderr } = await deploy({ http: 'http://127.0.0.1:1' }, folder);
      assert.equal(code, 2, stderr);
      assert.match(stderr, reason);
    });
  }

  it('an endpoint where nobody is, is said to be so', async () => {
    const { code, stderr } = await deploy({ http: 'http://127.0.0.1:1' }, workFolder());
    assert.equal(code, 1);
    assert.match(stderr, /127\.0\.0\.1:1/);
  });

  it('an alloc has the standard contracts where everybody looks for them', async () => {
    const { code, stdout } = await run(tool, ['deploy', '--genesis-alloc']);
    assert.equal(code, 0);
    const alloc = JSON.parse(stdout);
    assert.deepEqual(Object.keys(alloc).sort(), ['0x4e59b44847b379578588920ca78fbf26c0b4956c',
      '0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2', '0xca11bde05977b3631167028862be2a173976ca11']);
    for (const { code: bytes } of Object.values(alloc)) assert.ok(bytes.length > 100);
  });
});
