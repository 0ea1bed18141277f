// SPDX-License-Identifier: Apache-2.0
// The program: its options, files and exit codes
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ethers } from 'ethers';
import {
  accounts, allOutput, call, freePort, post, runSigner, signerArgs, signerFolder, sleep, startNode, startSigner,
  temporaryFolder, writePrivate,
} from './support/processes.mjs';

const [alice, bob] = accounts;
const password = `secret-${ethers.hexlify(ethers.randomBytes(12)).slice(2)}`;

const refuses = async (args, pattern, env) => {
  const { code, stderr } = await runSigner(args, env);
  assert.equal(code, 2, stderr);
  assert.match(stderr, pattern);
};

describe('options', () => {
  it('that are wrong are refused with what to do', async () => {
    await refuses([], /Missing required command: eth1/);
    await refuses(['eth1'], /--chain-id/);
    await refuses(['eth1', '--chain-id=x'], /'x' is not a number/);
    await refuses(['eth1', '--chain-id=1'], /Which keys\?/);
    await refuses(['eth1', '--chian-id=1'], /Unknown option: '--chian-id'.*Did you mean --chain-id\?/);
    const keys = ['--key-config-path=keys', 'eth1', '--chain-id=1'];
    await refuses([...keys, '--keystores-path=x'], /--keystores-passwords-path or --keystores-password-file/);
    await refuses([...keys, '--additional-chains=2'], /ID=URL/);
    await refuses([...keys, '--downstream-failover-urls=ftp://x'], /a URL has the form/);
    await refuses(['--tls-keystore-file=x', '--tls-keystore-password-file=y', ...keys], /which clients may come/);
    await refuses(['--tls-allow-any-client', ...keys], /need --tls-keystore-file/);
    await refuses(['--http-listen-port=70000', ...keys], /not a port/);
    await refuses(['--chain-id=1', 'file-based-signer'], /--downstream-http-port/);
    await refuses(['--chain-id=1', '--downstream-http-port=1', 'file-based-signer', '-k', 'x'], /go together/);
  });

  it('of a file are refused with file and line', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'signer.yaml');
    const write = (text) => { writeFileSync(file, text); return [`--config-file=${file}`, 'eth1']; };
    await refuses(write('http-listen-port: 9000\neth1.chian-id: 5\n'), /eth1\.chian-id \(line 2\)/);
    await refuses(write('chain-id: 5\n'), /Unknown option in YAML configuration file: chain-id/);
    await refuses(write('eth1.chain-id: many\n'), /'many' is not .*signer\.yaml, line 1/);
    await refuses(write('\n'), /empty YAML/);
    await refuses(write('eth1.chain-id: [1\n'), /Invalid YAML configuration.*line/);
    await refuses([`--config-file=${join(folder, 'none.yaml')}`, 'eth1'], /not found/);
  });

  it('come from YAML, the environment and the command line', async () => {
    const folder = signerFolder([alice.key]);
    const first = await startNode();
    const second = await startNode();
    const file = join(folder, 'signer.yaml');
    writeFileSync(file, [
      `data-path: ${join(folder, 'data')}`, `key-store-path: ${join(folder, 'keys')}`,
      'http-host-allowlist: [localhost, 127.0.0.1]', 'logging: debug',
      'eth1.chain-id: 1', 'eth1.downstream-http-port: 1', 'eth1.transaction-defaults: web3signer',
      'eth1.downstream-chain-id-check: warn',
      'eth1.additional-chains:', `  1380: [${second.url}, "http://127.0.0.1:1"]`, ''].join('\n'));
    const signer = await startSigner({
      global: [`--config-file=${file}`],
      env: { WEB3SIGNER_ETH1_CHAIN_ID: '138', WEB3SIGNER_ETH1_DOWNSTREAM_HTTP_PORT: String(first.port) },
    });
    try {
      assert.equal(await call(signer.url, 'eth_chainId'), '0x8a');
      assert.equal(await call(`${signer.url}/chains/1380`, 'eth_chainId'), '0x8a');
      // Web3Signer's defaults: gas 90000, gas price 0.
      const raw = await call(signer.url, 'eth_signTransaction', [{ from: alice.address, nonce: '0x0', to: bob.address }]);
      const transaction = ethers.Transaction.from(raw);
      assert.equal(transaction.gasLimit, 90000n);
      assert.equal(transaction.gasPrice, 0n);
      assert.equal(transaction.chainId, 138n);
      assert.match(readFileSync(join(folder, 'data', 'web3signer.ports'), 'utf8'), new RegExp(`http-port=${signer.port}`));
    } finally {
      await signer.stop();
      await Promise.all([first.stop(), second.stop()]);
    }
    assert.ok(!existsSync(join(folder, 'data', 'web3signer.ports')));
  });

  it('have a help worth reading', async () => {
    const help = await runSigner(['--help']);
    assert.equal(help.code, 0);
    for (const text of ['eth1', '--http-listen-port', '--policy-file', 'audit verify', 'WEB3SIGNER_ETH1_CHAIN_ID'])
      assert.ok(help.stdout.includes(text), text);
    const eth1 = await runSigner(['eth1', '--help']);
    assert.ok(eth1.stdout.includes('--downstream-failover-urls'));
    assert.ok(!eth1.stdout.includes('--http-listen-port='));
    assert.match((await runSigner(['--version'])).stdout, /^meta138-signer\/v\d/);
  });
});

describe('EthSigner\'s form', () => {
  it('serves one key of a keystore, or a folder of TOML files', async () => {
    const folder = temporaryFolder();
    const node = await startNode();
    const keystore = await ethers.encryptKeystoreJson(
      { address: alice.address, privateKey: alice.key }, password, { scrypt: { N: 1024, r: 8, p: 1 } });
    const keyFile = writePrivate(join(folder, 'alice.json'), keystore);
    const passwordFile = writePrivate(join(folder, 'password'), `${password}\n`);
    const multikey = join(folder, 'multikey');
    mkdirSync(multikey);
    writePrivate(join(multikey, `${alice.address.slice(2).toLowerCase()}.toml`),
      `[signing]\ntype = "file-based-signer"\nkey-file = "${keyFile}"\npassword-file = "${passwordFile}"\n`);
    const toml = join(folder, 'ethsigner.toml');
    writeFileSync(toml, `chain-id = 138\ndownstream-http-port = ${node.port}\nmultikey-signer.directory = "${multikey}"\n`);
    try {
      for (const [index, words] of [
        ['--chain-id=138', `--downstream-http-port=${node.port}`, 'file-based-signer', '-k', keyFile, '-p', passwordFile],
        [`--config-file=${toml}`, 'multikey-signer']].entries()) {
        const signer = await startSigner({
          global: [`--data-path=${join(folder, `data-${index}`)}`, ...words], eth1: null });
        try {
          assert.deepEqual(await call(signer.url, 'eth_accounts'), [alice.address.toLowerCase()]);
          assert.match(await call(signer.url, 'eth_sendTransaction', [{ from: alice.address, to: bob.address }]), /^0x/);
          assert.equal(await (await fetch(`${signer.url}/upcheck`)).text(), 'OK');
        } finally {
          await signer.stop();
        }
      }
    } finally {
      await node.stop();
    }
  });
});

describe('the data folder', () => {
  it('is one process\'s, and nobody else may read it', async () => {
    const folder = signerFolder([alice.key]);
    const args = signerArgs(folder, { port: 1 });
    const signer = await startSigner(args);
    try {
      await refuses([...args.global, '--http-listen-port=0', 'eth1', ...args.eth1], /in use by another meta138-signer/);
      for (const name of ['audit.log', 'nonces.journal'])
        assert.equal(statSync(join(folder, 'data', name)).mode & 0o077, 0, name);
      assert.equal(statSync(join(folder, 'data')).mode & 0o077, 0);
    } finally {
      await signer.stop();
    }
    const again = await startSigner(args);
    assert.equal(await again.stop(), 0);
  });

  it('whose journal is damaged serves all the same, says so, and keeps the damaged file', async () => {
    const folder = signerFolder([alice.key]);
    const node = await startNode();
    const args = signerArgs(folder, node);
    const signer = await startSigner(args);
    for (let i = 0; i < 5; ++i)
      await call(signer.url, 'eth_sendTransaction', [{ from: alice.address, to: bob.address }]);
    await signer.stop('SIGKILL');
    await node.stop();
    const journal = join(folder, 'data', 'nonces.journal');
    const bytes = readFileSync(journal);
    bytes[60] ^= 0xff;
    writeFileSync(journal, bytes);
    const again = await startSigner({ ...args, eth1: [...args.eth1] });
    assert.match(again.log, /The nonce journal had \d+ damaged bytes/);
    assert.ok(existsSync(`${journal}.damaged`));
    assert.equal(await again.stop(), 0);
  });

  it('that cannot be written refuses the start', async () => {
    if (process.getuid() === 0) return;  // who may do everything is not refused
    const folder = signerFolder([alice.key]);
    mkdirSync(join(folder, 'data'));
    chmodSync(join(folder, 'data'), 0o500);
    await assert.rejects(startSigner(signerArgs(folder, { port: 1 })), /ended with 2/);
  });
});

describe('SIGTERM', () => {
  it('lets what has begun end, and ends with 0', async () => {
    const node = await startNode(['--dev-period=1']);
    const args = { ...signerArgs(signerFolder([alice.key]), node), port: await freePort() };
    const signer = await startSigner(args);
    const sends = Array.from({ length: 50 }, () => call(signer.url, 'eth_sendTransaction', [
      { from: alice.address, to: bob.address, gas: '0x5208', gasPrice: '0xb2d05e00' }]));
    const settled = Promise.allSettled(sends);
    await sleep(30);
    assert.equal(await signer.stop(), 0);
    const results = await settled;
    // What had not begun was refused as a connection, not lost as an answer.
    for (const each of results)
      if (each.status === 'rejected') assert.ok(!/^0x/.test(each.reason.message));
    const answered = results.filter((each) => each.status === 'fulfilled').map((each) => each.value);
    for (const hash of answered) assert.ok(await call(node.url, 'eth_getTransactionByHash', [hash]));
    await node.stop();
  });
});

describe('a port in use', () => {
  it('is refused with what to do', async () => {
    const node = await startNode();
    try {
      await assert.rejects(
        startSigner({ ...signerArgs(signerFolder([alice.key]), node), port: node.port }), /ended with 2[^]*in use/);
      assert.equal((await post(node.url, { jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] })).body.result, '0x8a');
    } finally {
      await node.stop();
    }
  });
});

describe('what was printed', () => {
  it('holds no key and no password', () => {
    for (const secret of [...accounts.map((each) => each.key.slice(2)), password])
      assert.ok(!allOutput().includes(secret), 'a secret was printed');
  });
});
