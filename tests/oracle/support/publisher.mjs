// SPDX-License-Identifier: Apache-2.0
// Publishers and their signer as processes.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const program = process.env.META138_ORACLE;

/** A process whose log is kept; `ready` is found in it once it is up. */
export async function startProcess(file, args, ready) {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const process = {
    log: '',
    child,
    get isUp() { return child.exitCode === null && child.signalCode === null; },
    stop(signal = 'SIGTERM') {
      if (!process.isUp) return Promise.resolve(child.exitCode);
      return new Promise((resolve) => {
        child.once('exit', resolve);
        child.kill(signal);
      });
    },
  };
  await new Promise((resolve, reject) => {
    const read = (chunk) => {
      process.log += chunk;
      process.match ??= ready.exec(process.log);
      if (process.match) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}:\n${process.log}`)));
  });
  return process;
}

const toml = (value) => JSON.stringify(value); // texts, numbers, flags and lists are written alike

const section = (header, values) =>
  `${header}\n${Object.entries(values).map(([key, value]) => `${key} = ${toml(value)}`).join('\n')}\n`;

/** `feeds`: { name, symbol, address (or base and quote), heartbeat, deviation }. */
export function configuration({ name, chainId, registry, endpoints, signer, publisher, transactions, market, feeds }) {
  const sources = market.exchanges.map((exchange, index) => section('[[source]]', {
    name: `exchange-${index + 1}`, kind: 'http', url: `${exchange.url}/price/{symbol}`,
    price: 'data.price', time: 'data.time', poll_interval: '250ms', timeout: '1s', max_age: '3s',
  }) + section('[source.breaker]', { failures: 4, cool_down: '500ms', max_cool_down: '1s' }));
  const feed = ({ symbol, ...each }) => section('[[feed]]', {
    decimals: 8, min_sources: 2, poll_interval: '100ms', ...each,
  }) + market.exchanges.map((_, index) =>
    section('[[feed.source]]', { source: `exchange-${index + 1}`, symbol })).join('');
  return [
    `name = ${toml(name)}\n`,
    section('[chain]', {
      id: chainId, registry, endpoints, poll_interval: '200ms', block_period: '500ms', request_timeout: '1s', max_head_age: '10s',
    }),
    section('[signer]', signer),
    section('[publisher]', publisher),
    section('[transactions]', { replace_after: '2s', backoff: '200ms', max_backoff: '1s', ...transactions }),
    section('[http]', { port: 0 }),
    section('[log]', { level: 'DEBUG' }),
    ...sources,
    ...feeds.map(feed),
  ].join('\n');
}

export class Publisher {
  constructor(folder, options) {
    this.folder = folder;
    this.file = join(folder, 'oracle.toml');
    mkdirSync(folder, { recursive: true });
    writeFileSync(this.file, configuration({
      ...options, publisher: { ...options.publisher, data_dir: join(folder, 'data') },
    }));
  }

  async start(args = []) {
    this.process = await startProcess(program, ['run', `--config=${this.file}`, ...args],
      /status at (http:\/\/\S+)\/status/);
    this.url = this.process.match[1];
    return this;
  }

  stop(signal) { return this.process.stop(signal); }
  async status() { return (await fetch(`${this.url}/status`)).json(); }
  async health() {
    const response = await fetch(`${this.url}/health`);
    return { code: response.status, ...await response.json() };
  }
  async metrics() {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return new Map(text.split('\n').filter((line) => line && !line.startsWith('#')).map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at).replace(',}', '}'), Number(line.slice(at + 1))];
    }));
  }
}
