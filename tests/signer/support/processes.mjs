// SPDX-License-Identifier: Apache-2.0
// Starts and stops real nodes and signers for a test, and sees to it that none survives it.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const signerProgram = process.env.META138_SIGNER;
const nodeProgram = process.env.META138_NODE;

const children = new Set();
process.once('exit', () => { for (const child of children) child.kill('SIGKILL'); });
// The test runner ends a test that takes too long with a signal.
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.once(name, () => process.exit(1));

/**
 * Everything that the signers of this test have printed: searched for secrets at the end. (A
 * development node prints the well-known keys of its accounts.)
 */
const output = [];
export const allOutput = () => output.join('');

/** Starts a program; resolves when its output matches `ready`. */
function start(program, args, ready, options = {}) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  children.add(child);
  let log = '';
  const ended = new Promise((resolve) => {
    child.once('exit', (code) => { children.delete(child); resolve(code); });
  });
  const handle = {
    pid: child.pid,
    get log() { return log; },
    ended,
    stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return ended;
    },
  };
  return new Promise((resolve, reject) => {
    const read = (chunk) => {
      log += chunk;
      if (program === signerProgram) output.push(String(chunk));
      const match = ready.exec(log);
      if (match) resolve([handle, match]);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    ended.then((code) => reject(new Error(`${program} ended with ${code}:\n${log}`)));
  });
}

/** A development chain; `port` 0 is any free one. */
export async function startNode(args = [], port = 0) {
  const [node, match] = await start(
    nodeProgram, ['--color-enabled=false', '--dev', `--rpc-http-port=${port}`, '--rpc-ws-port=0', ...args],
    /JSON-RPC service started and listening on [^\s]*:(\d+)[^]*Ethereum main loop is up/);
  node.port = Number(match[1]);
  node.url = `http://127.0.0.1:${node.port}`;
  return node;
}

/** A signer with these arguments before and after `eth1`; without the word if `eth1` is null. With its keys, or without. */
export async function startSigner({ global = [], eth1 = [], port = 0, env = {}, withKeys = true }) {
  const [signer, match] = await start(
    signerProgram, [`--http-listen-port=${port}`, ...global, ...(eth1 === null ? [] : ['eth1', ...eth1])],
    withKeys ? /Serving chain \d+ at (https?:\/\/[^\s]*:(\d+))[^]*Keys loaded in/ : /Serving chain \d+ at (https?:\/\/[^\s]*:(\d+))\s/,
    { env: { ...process.env, ...env } });
  signer.url = match[1];
  signer.port = Number(match[2]);
  return signer;
}

/** Runs the signer's program to its end. */
export function runSigner(args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(signerProgram, args, {
      stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    children.add(child);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => { stdout += chunk; output.push(String(chunk)); });
    child.stderr.on('data', (chunk) => { stderr += chunk; output.push(String(chunk)); });
    child.once('error', reject);
    child.once('close', (code) => { children.delete(child); resolve({ code, stdout, stderr }); });
  });
}

/** A folder that is gone after the process. */
export function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), 'meta138-signer-'));
  process.once('exit', () => rmSync(path, { recursive: true, force: true }));
  return path;
}

export function writePrivate(file, text) {
  writeFileSync(file, text);
  chmodSync(file, 0o600);
  return file;
}

/** A port that was free a moment ago. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** The folder of a signer: its data, and keys in Web3Signer's form. */
export function signerFolder(keys) {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'keys'), { mode: 0o700 });
  keys.forEach((key, index) => addRawKey(folder, `key-${index}`, key));
  return folder;
}

export function addRawKey(folder, name, key) {
  return writePrivate(join(folder, 'keys', `${name}.yaml`),
    `type: file-raw\nkeyType: SECP256K1\nprivateKey: "${key}"\n`);
}

/** The arguments of a signer in `folder` in front of `node`. */
export const signerArgs = (folder, node, chain = 138) => ({
  global: [`--data-path=${join(folder, 'data')}`, `--key-config-path=${join(folder, 'keys')}`],
  eth1: [`--chain-id=${chain}`, `--downstream-http-port=${node.port}`],
});

/** What stands in the audit log. */
export const auditLines = (folder) => {
  const file = join(folder, 'data', 'audit.log');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
};

/** One JSON-RPC request; throws what is answered as an error. */
export async function call(url, method, params = []) {
  const { body } = await post(url, { jsonrpc: '2.0', id: 1, method, params });
  if (body.error) throw Object.assign(new Error(body.error.message), body.error);
  return body.result;
}

/** The status and the body of an answer. */
export async function post(url, body, headers = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  let parsed = text;
  try { parsed = JSON.parse(text); } catch { /* it is text */ }
  return { status: response.status, body: parsed, headers: response.headers };
}

export const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** Asks again until the answer is right. */
export async function until(what, ask, timeout = 30_000) {
  const end = Date.now() + timeout;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`timed out: ${what}`);
    await sleep(50);
  }
}

export const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString();

/** Accounts of --dev: well-known keys of development chains, funded on the test chain alone. */
export const accounts = [
  {
    address: '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
    key: '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
  },
  {
    address: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
    key: '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
  },
  {
    address: '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC',
    key: '0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a',
  },
];
