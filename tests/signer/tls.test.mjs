// SPDX-License-Identifier: Apache-2.0
// TLS with client certificates, to the signer and from it to the node
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  accounts, allOutput, auditLines, openssl, signerArgs, signerFolder, startNode, startSigner, writePrivate,
} from './support/processes.mjs';

const [alice] = accounts;
const password = `tls-${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}`;

/** A self-signed certificate `name` in `folder`: PEM files, and a PKCS#12 file. */
function makeCertificate(folder, name) {
  const file = (ending) => join(folder, `${name}.${ending}`);
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', file('key'), '-out', file('pem'),
    '-days', '2', '-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1');
  openssl('pkcs12', '-export', '-inkey', file('key'), '-in', file('pem'), '-out', file('p12'),
    '-passout', `pass:${password}`);
  const fingerprint = openssl('x509', '-in', file('pem'), '-noout', '-fingerprint', '-sha256')
    .trim().split('=')[1];
  return { key: readFileSync(file('key')), cert: readFileSync(file('pem')), p12: file('p12'), fingerprint };
}

function askOver(url, certificates, client, method, params) {
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: 'POST', ca: certificates, key: client?.key, cert: client?.cert,
      headers: { 'content-type': 'application/json' },
    }, (answer) => {
      let body = '';
      answer.on('data', (chunk) => { body += chunk; });
      answer.on('end', () => resolve(JSON.parse(body)));
    });
    sent.once('error', reject);
    sent.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
  });
}

describe('TLS', () => {
  let folder;
  let node;
  let signer;
  let server;
  let oracle;
  let operator;
  let stranger;
  before(async () => {
    folder = signerFolder([alice.key]);
    [server, oracle, operator, stranger] = ['server', 'oracle', 'operator', 'stranger']
      .map((name) => makeCertificate(folder, name));
    const passwordFile = writePrivate(join(folder, 'tls-password'), `${password}\n`);
    const clients = writePrivate(join(folder, 'known-clients'),
      `oracle ${oracle.fingerprint}\noperator ${operator.fingerprint}\n`);
    const policy = writePrivate(join(folder, 'policy.toml'),
      `[[key]]\naddress = "${alice.address}"\nclients = ["oracle"]\n`);
    node = await startNode([
      '--rpc-http-tls-enabled', `--rpc-http-tls-keystore-file=${server.p12}`,
      `--rpc-http-tls-keystore-password-file=${passwordFile}`, '--rpc-http-tls-client-auth-enabled',
      `--rpc-http-tls-known-clients-file=${clients}`]);
    const servers = writePrivate(join(folder, 'known-servers'), `127.0.0.1:${node.port} ${server.fingerprint}\n`);
    const args = signerArgs(folder, node);
    args.global.push(
      `--tls-keystore-file=${server.p12}`, `--tls-keystore-password-file=${passwordFile}`,
      `--tls-known-clients-file=${clients}`, `--policy-file=${policy}`);
    args.eth1.push(
      '--downstream-http-tls-enabled', '--downstream-http-tls-ca-auth-enabled=false',
      `--downstream-http-tls-known-servers-file=${servers}`,
      `--downstream-http-tls-keystore-file=${operator.p12}`,
      `--downstream-http-tls-keystore-password-file=${passwordFile}`);
    signer = await startSigner(args);
  });
  after(async () => {
    await signer?.stop();
    await node?.stop();
  });

  const ask = (client, method, params = []) => askOver(signer.url, server.cert, client, method, params);

  it('lets known clients in, and reaches a node that asks for certificates itself', async () => {
    assert.match(signer.url, /^https:/);
    assert.equal((await ask(oracle, 'eth_chainId')).result, '0x8a');
    assert.equal((await ask(operator, 'eth_chainId')).result, '0x8a');
  });

  it('refuses clients without a certificate that it knows', async () => {
    await assert.rejects(ask(undefined, 'eth_accounts'));
    await assert.rejects(ask(stranger, 'eth_accounts'));
  });

  it('gives a key to whom its policy names', async () => {
    const sent = await ask(oracle, 'eth_sendTransaction', [{ from: alice.address, to: alice.address }]);
    assert.match(sent.result, /^0x/);
    const refused = await ask(operator, 'eth_sendTransaction', [{ from: alice.address, to: alice.address }]);
    assert.match(refused.error.message, /Refused by policy \(client\)/);
    const lines = auditLines(folder);
    assert.ok(lines.some((line) => line.client === 'oracle' && line.event === 'sign_transaction'));
    assert.ok(lines.some((line) => line.client === 'operator' && line.rule === 'client'));
  });

  it('prints no key and no password', () => {
    for (const secret of [alice.key.slice(2), password])
      assert.ok(!allOutput().includes(secret), 'a secret was printed');
  });
});
