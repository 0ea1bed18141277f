// SPDX-License-Identifier: Apache-2.0
// Web3Signer's REST routes
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ethers } from 'ethers';
import {
  accounts, addRawKey, allOutput, auditLines, post, runSigner, signerArgs, signerFolder, startSigner, until,
  writePrivate,
} from './support/processes.mjs';

const [alice, bob, carol] = accounts;
const publicKey = (key) => `0x${ethers.SigningKey.computePublicKey(key).slice(4)}`;
const encrypt = (account, secret) => ethers.encryptKeystoreJson(
  { address: account.address, privateKey: account.key }, secret, { scrypt: { N: 1024, r: 8, p: 1 } });
// A password that no log may show.
const password = `secret-${ethers.hexlify(ethers.randomBytes(12)).slice(2)}`;

describe('REST', () => {
  let folder;
  let signer;
  // No node is needed to sign data.
  before(async () => {
    folder = signerFolder([alice.key]);
    signer = await startSigner({
      ...signerArgs(folder, { port: 1 }),
      global: [...signerArgs(folder, { port: 1 }).global, '--metrics-enabled', '--metrics-port=0', '--access-logs-enabled'],
    });
  });
  after(() => signer?.stop());

  const get = async (path) => {
    const response = await fetch(`${signer.url}${path}`);
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
  };
  const sign = (identifier, data) => post(`${signer.url}/api/v1/eth1/sign/${identifier}`, data);
  const reload = async () => {
    const started = await post(`${signer.url}/reload`, '');
    assert.equal(started.status, 202);
    assert.equal(started.body.status, 'accepted');
    return until('reload', async () => {
      const status = JSON.parse((await get('/reload')).text);
      return status.status === 'running' ? undefined : status;
    });
  };

  it('says that it is up', async () => {
    const up = await get('/upcheck');
    assert.equal(up.status, 200);
    assert.equal(up.text, 'OK');
    assert.match(up.type, /^text\/plain/);
    const health = await get('/healthcheck');
    assert.equal(health.status, 200);
    assert.deepEqual(JSON.parse(health.text),
      { status: 'UP', checks: [{ id: 'default-check', status: 'UP' }], outcome: 'UP' });
  });

  it('lists public keys', async () => {
    const keys = await get('/api/v1/eth1/publicKeys');
    assert.match(keys.type, /^application\/json/);
    assert.deepEqual(JSON.parse(keys.text), [publicKey(alice.key)]);
  });

  it('signs the hash of data', async () => {
    const hash = ethers.keccak256('0x48656c6c6f');
    const key = publicKey(alice.key);
    for (const identifier of [key, key.slice(2), key.toUpperCase().replace('0X', '0x'), alice.address]) {
      const { status, body, headers } = await sign(identifier, { data: '0x48656c6c6f' });
      assert.equal(status, 200);
      assert.equal(headers.get('content-type'), 'text/plain; charset=utf-8');
      assert.match(body, /^0x[0-9a-f]{128}1[bc]$/);
      assert.equal(ethers.recoverAddress(hash, body), alice.address);
    }
    assert.equal(auditLines(folder).filter((line) => line.event === 'sign_data').length, 4);
  });

  it('refuses what is wrong with Web3Signer\'s statuses', async () => {
    assert.equal((await sign(publicKey(bob.key), { data: '0x00' })).status, 404);
    assert.equal((await sign('nonsense', { data: '0x00' })).status, 404);
    assert.equal((await sign(alice.address, { data: '' })).status, 400);
    assert.equal((await sign(alice.address, {})).status, 400);
    assert.equal((await sign(alice.address, 'text')).status, 400);
    assert.equal((await sign(alice.address, { data: '0xzz' })).status, 400);
    assert.equal((await get('/no/such/path')).status, 404);
  });

  it('reloads keys, and reports what came and went', async () => {
    const added = addRawKey(folder, 'bob', bob.key);
    const status = await reload();
    assert.equal(status.status, 'completed');
    assert.deepEqual(status.report, { added: 1, removed: 0, unchanged: 1, failed: 0 });
    assert.equal((await sign(bob.address, { data: '0x00' })).status, 200);
    rmSync(added);
    assert.equal((await reload()).report.removed, 1);
    assert.equal((await sign(bob.address, { data: '0x00' })).status, 404);
  });

  it('names a broken key file with its line, and keeps the rest', async () => {
    const file = writePrivate(join(folder, 'keys', 'broken.yaml'),
      `type: file-raw\nkeyType: SECP256K1\nprivateKey: "${carol.key}00"\n`);
    const status = await reload();
    assert.equal(status.status, 'completed_with_errors');
    assert.match(status.lastError, /broken\.yaml/);
    assert.equal((await sign(alice.address, { data: '0x00' })).status, 200);
    rmSync(file);
    assert.equal((await reload()).status, 'completed');
  });

  it('takes no key from a file that others may read', async () => {
    const file = join(folder, 'keys', 'open.yaml');
    writeFileSync(file, `type: file-raw\nkeyType: SECP256K1\nprivateKey: "${bob.key}"\n`, { mode: 0o644 });
    const status = await reload();
    assert.equal(status.report.failed, 1);
    assert.match(status.lastError, /open\.yaml/);
    rmSync(file);
    assert.equal((await reload()).status, 'completed');
  });

  it('reloads again and again without keeping memory', async () => {
    const resident = () => 1024 * Number(
      /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${signer.pid}/status`, 'utf8'))[1]);
    for (let i = 0; i < 5; ++i) await reload();
    const before = resident();
    for (let i = 0; i < 30; ++i) await reload();
    assert.ok(resident() - before < 4 << 20, `${resident() - before} bytes more`);
  });

  it('counts under Web3Signer\'s names', async () => {
    const ports = readFileSync(join(folder, 'data', 'web3signer.ports'), 'utf8');
    const port = /metrics-port=(\d+)/.exec(ports)[1];
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    assert.match(text, /\nsigning_signers_loaded_count 1\n/);
    assert.match(text, /\nhttp_secp256k1_malformed_request_count_total [1-9]/);
    assert.match(text, /\nsigning_secp256k1_missing_identifier_count_total [1-9]/);
    assert.match(text, /\nsigning_secp256k1_signing_duration_count [1-9]/);
    assert.match(text, new RegExp(`meta138_signer_signatures_total\\{.*${alice.address.toLowerCase()}`));
  });
});

describe('keystores', () => {
  it('are all there as soon as health says UP, and not before', async () => {
    const folder = signerFolder([]);
    const keystores = join(folder, 'keystores');
    const file = writePrivate(join(folder, 'password'), `${password}\n`);
    for (let i = 0; i < 3; ++i) {
      const made = await runSigner(['new-account', `--to=${keystores}`, `--new-password-file=${file}`]);
      assert.equal(made.code, 0, made.stderr);
    }
    const args = signerArgs(folder, { port: 1 });
    args.eth1.push(`--keystores-path=${keystores}`, `--keystores-password-file=${file}`);
    const signer = await startSigner({ ...args, withKeys: false });
    try {
      await until('health', async () => {
        const answer = await fetch(`${signer.url}/healthcheck`);
        const { status, checks } = await answer.json();
        assert.equal(status, answer.status === 200 ? 'UP' : 'DOWN');
        const loading = checks.some((check) => check.id === 'keys-check/loading' && check.status === 'DOWN');
        assert.equal(loading, status === 'DOWN');
        return status === 'UP';
      });
      const keys = await (await fetch(`${signer.url}/api/v1/eth1/publicKeys`)).json();
      assert.equal(keys.length, 3);
    } finally {
      await signer.stop();
    }
  });

  it('made by new-account serve by bulk loading, and health says when one does not open', async () => {
    const folder = signerFolder([]);
    const keystores = join(folder, 'keystores');
    const file = writePrivate(join(folder, 'password'), `${password}\n`);
    const made = await runSigner(['new-account', `--to=${keystores}`, `--new-password-file=${file}`, '--light', '--json']);
    assert.equal(made.code, 0, made.stderr);
    const { address } = JSON.parse(made.stdout);
    const args = signerArgs(folder, { port: 1 });
    args.eth1.push(`--keystores-path=${keystores}`, `--keystores-password-file=${file}`);
    const listed = await runSigner([...args.global, 'keys', 'list', '--json', ...args.eth1.slice(2)]);
    assert.deepEqual(JSON.parse(listed.stdout).keys.map((each) => each.address), [address]);
    const signer = await startSigner(args);
    try {
      const health = await (await fetch(`${signer.url}/healthcheck`)).json();
      assert.deepEqual(health.checks[1], {
        id: 'keys-check/v3-keystores-bulk-loading', status: 'UP', data: { 'keys-loaded': 1, 'error-count': 0 } });
      const { body } = await post(`${signer.url}/api/v1/eth1/sign/${address}`, { data: '0x01' });
      assert.equal(ethers.recoverAddress(ethers.keccak256('0x01'), body).toLowerCase(), address);
      // ethers writes one, with another password.
      const foreign = await encrypt(carol, 'another');
      writePrivate(join(keystores, 'foreign.json'), foreign);
      await post(`${signer.url}/reload`, '');
      const sick = await until('health', async () => {
        const answer = await fetch(`${signer.url}/healthcheck`);
        return answer.status === 503 ? answer.json() : undefined;
      });
      assert.equal(sick.status, 'DOWN');
      assert.equal(sick.checks[1].data['error-count'], 1);
      assert.equal((await post(`${signer.url}/api/v1/eth1/sign/${address}`, { data: '0x01' })).status, 200);
    } finally {
      await signer.stop();
    }
  });

  it('of ethers load by Web3Signer\'s file-keystore and EthSigner\'s TOML, and convert', async () => {
    const folder = signerFolder([]);
    const json = await encrypt(carol, password);
    const keystore = writePrivate(join(folder, 'carol.json'), json);
    const passwordFile = writePrivate(join(folder, 'password'), `${password}\nmore\n`);
    const multikey = join(folder, 'multikey');
    mkdirSync(multikey);
    writePrivate(join(multikey, `${carol.address.slice(2).toLowerCase()}.toml`),
      `[metadata]\ndescription = "Carol"\n[signing]\ntype = "file-based-signer"\nkey-file = "${keystore}"\npassword-file = "${passwordFile}"\n`);
    const converted = await runSigner(['convert-ethsigner-keys', `--from=${multikey}`, `--to=${join(folder, 'converted')}`]);
    assert.equal(converted.code, 0, converted.stderr);
    assert.match(converted.stdout, /1 of 1 files converted/);
    for (const args of [
      [`--key-config-path=${join(folder, 'converted')}`, 'keys', 'list', '--json']]) {
      const listed = await runSigner(args);
      assert.equal(listed.code, 0, listed.stderr);
      assert.deepEqual(JSON.parse(listed.stdout).keys.map((each) => each.address), [carol.address.toLowerCase()]);
    }
  });
});

describe('what was printed', () => {
  it('holds no key and no password', () => {
    for (const secret of [...accounts.map((each) => each.key.slice(2)), password])
      assert.ok(!allOutput().toLowerCase().includes(secret), 'a secret was printed');
  });
});
