// SPDX-License-Identifier: Apache-2.0
// Local networks for tests: made, run and destroyed by the program `meta138`.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const program = process.env.META138;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until `condition` gives something true, and returns that. */
export async function eventually(condition, what, seconds = 60) {
  const end = performance.now() + 1000 * seconds;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (performance.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(50);
  }
}

/** Runs a program to its end. */
export function run(file, args, { input = '', env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], env });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => { stdout += chunk; });
    child.stderr.on('data', (chunk) => { stderr += chunk; });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

export const meta138 = (...args) => run(program, args);

/** One JSON-RPC request; throws what the node answers as an error. */
export async function call(port, method, params = []) {
  const response = await fetch(`http://127.0.0.1:${port}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(30_000),
  });
  const answer = await response.json();
  if (answer.error) throw Object.assign(new Error(answer.error.message), answer.error);
  return answer.result;
}

/** Whether a process runs: one that has ended but whose end nobody has asked for does not. */
export function isRunning(pid) {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** A folder that is gone after the process. */
export function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), 'meta138-'));
  process.once('exit', () => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Far from those of others, and below those that the system gives to outgoing connections. */
export const somePortBase = () => 12000 + 10 * Math.floor(Math.random() * 1800);

export class LocalNetwork {
  folder = join(temporaryFolder(), 'network');
  pids = new Set(); // of all processes that were ever seen
  hashes = new Map(); // of blocks that a node has had as its head, by number

  async do(command, ...args) {
    const result = await meta138('network', command, '--dir', this.folder, ...args);
    assert.equal(result.code, 0, `meta138 network ${command} ${args.join(' ')}: ${result.stdout}${result.stderr}`);
    return result.stdout;
  }

  init(...args) { return this.do('init', '--port-base', String(somePortBase()), ...args); }
  up(...args) { return this.do('up', ...args); }
  down() { return this.do('down'); }

  async status() {
    const status = JSON.parse(await this.do('status', '--json'));
    for (const each of status.processes) if (each.pid !== 0) this.pids.add(each.pid);
    return status.processes;
  }

  async find(name) { return (await this.status()).find((each) => each.name === name); }
  async ofTier(tier) { return (await this.status()).filter((each) => each.tier === tier); }
  async nodes() { return (await this.status()).filter((each) => each.height !== undefined); }

  supervisorPid() {
    const { ino } = statSync(join(this.folder, 'run', 'supervisor.lock'));
    const line = readFileSync('/proc/locks', 'utf8').split('\n')
      .find((each) => each.includes('FLOCK') && each.includes(`:${ino} `));
    return Number(line.trim().split(/\s+/)[4]);
  }

  /** The head of each node that answers; no two nodes, at no time, have different blocks at a height. */
  async look() {
    const nodes = (await this.nodes()).filter((each) => each.height !== null && each.head_hash);
    for (const { name, height, head_hash: hash } of nodes) {
      const known = this.hashes.get(height) ?? hash;
      assert.equal(hash, known, `${name} has another block #${height}`);
      this.hashes.set(height, hash);
    }
    return nodes;
  }

  async height() { return Math.max(0, ...(await this.look()).map((each) => each.height)); }

  /** Until every process that is to run does, and every node has that block; returns how long it took, in ms. */
  async reach(height, { seconds = 60 } = {}) {
    const start = performance.now();
    await eventually(async () => {
      const nodes = await this.look();
      const all = (await this.nodes()).filter((each) => each.state !== 'stopped');
      return nodes.length === all.length && nodes.every((each) => each.height >= height);
    }, `block ${height} everywhere`, seconds).catch(async (error) => {
      throw new Error(`${error.message}\n${await this.do('status')}`);
    });
    return performance.now() - start;
  }

  async progress(count, options) { return this.reach(await this.height() + count, options); }

  /** Every block that was ever a head is still there, on every node. */
  async assertNothingReverted() {
    for (const node of await this.nodes()) {
      for (const [number, hash] of this.hashes) {
        if (number > node.height) continue;
        const block = await call(node.ports.http, 'eth_getBlockByNumber', [`0x${number.toString(16)}`, false]);
        assert.equal(block.hash, hash, `block ${number} of ${node.name}`);
      }
    }
  }

  /** Ends everything, and says what was left. */
  async destroy() {
    if (!existsSync(this.folder)) return [];
    await this.status().catch(() => {});
    const { code, stdout, stderr } = await meta138('network', 'destroy', '--yes', '--dir', this.folder);
    const left = [...this.pids].filter(isRunning);
    for (const pid of left) process.kill(pid, 'SIGKILL');
    assert.equal(code, 0, stdout + stderr);
    return left;
  }

  log(name) {
    try {
      return readFileSync(join(this.folder, name), 'utf8').slice(-4000);
    } catch {
      return '';
    }
  }
}

/** Runs `body` with a network, and destroys it whatever comes of it. */
export async function withNetwork(initArguments, body) {
  const network = new LocalNetwork();
  try {
    await network.init(...initArguments);
    await body(network);
  } catch (error) {
    console.error(network.log('run/supervisor.log'));
    for (const each of await network.status().catch(() => []))
      console.error(`--- ${each.name}\n${network.log(`nodes/${each.name}/log`)}${network.log(`${each.name}/log`)}`);
    await network.destroy().catch((another) => console.error(another));
    throw error;
  }
  assert.deepEqual(await network.destroy(), [], 'processes that were left running');
}

/** Small and quick. */
export const small = ['--no-oracle', '--validators', '4', '--sentries', '2', '--rpc', '1', '--archive', '0',
  '--block-period', '500', '--round-timeout', '1'];
