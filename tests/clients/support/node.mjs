// SPDX-License-Identifier: Apache-2.0
// Starts and stops a real node for a test.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const program = process.env.META138_NODE;

/** A development chain on free ports, or with `args` whatever they say. */
export function startNode(args = []) {
  return startProgram(['--dev', '--rpc-http-port=0', '--rpc-ws-port=0', ...args]);
}

/** A node with these arguments; resolves once it is up. */
export async function startProgram(args) {
  const child = spawn(program, ['--color-enabled=false', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  const node = {
    pid: child.pid,
    get log() { return log; },
    signal(name) { child.kill(name); },
    residentBytes() {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return 1024 * Number(/VmRSS:\s+(\d+)/.exec(status)[1]);
    },
    /** Resolves with the exit code. */
    stop(signal = 'SIGTERM') {
      if (child.exitCode !== null) return Promise.resolve(child.exitCode);
      return new Promise((resolve) => {
        child.once('exit', resolve);
        child.kill(signal);
      });
    },
  };
  await new Promise((resolve, reject) => {
    const read = (chunk) => {
      log += chunk;
      if (log.includes('Ethereum main loop is up')) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the node ended with ${code}:\n${log}`)));
  });
  node.httpPort = Number(/JSON-RPC service started and listening on [^\s]*:(\d+)/.exec(log)?.[1]);
  node.wsPort = Number(/Websocket service started and listening on [^\s]*:(\d+)/.exec(log)?.[1]);
  node.metricsPort = Number(/metrics[a-z ]* (?:service )?started and listening on [^\s]*:(\d+)/i
    .exec(log)?.[1]);
  node.http = `http://127.0.0.1:${node.httpPort}`;
  node.ws = `ws://127.0.0.1:${node.wsPort}`;
  return node;
}

/** Runs `body` with a node, and ends the node whatever comes of it. */
export async function withNode(args, body) {
  const node = await startNode(args);
  try {
    await body(node);
  } finally {
    await node.stop();
  }
}

/** Runs the program to its end. */
export function run(file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => { stdout += chunk; });
    child.stderr.on('data', (chunk) => { stderr += chunk; });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

export const runProgram = (args) => run(program, args);

/** One JSON-RPC request; throws what the node answers as an error. */
export async function call(url, method, params = []) {
  const answer = await post(url, { jsonrpc: '2.0', id: 1, method, params });
  if (answer.error) throw Object.assign(new Error(answer.error.message), answer.error);
  return answer.result;
}

export async function post(url, body) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return text === '' ? undefined : JSON.parse(text);
}

/** A folder that is gone after the process. */
export function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), 'meta138-'));
  process.once('exit', () => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Accounts of --dev: the keys are public. */
export const accounts = [
  {
    address: '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
    key: '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
  },
  {
    address: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
    key: '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
  },
];
