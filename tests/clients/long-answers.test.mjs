// SPDX-License-Identifier: Apache-2.0
// Answers of hundreds of MiB: they leave while they are written, so the node stays small
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import WebSocket from 'ws';
import { accounts, call, startNode, temporaryFolder } from './support/node.mjs';

const MiB = 1 << 20;

/** Init code that fills `words` words of memory, and takes 13 steps for each. */
const loop = (words) => `0x61${words.toString(16).padStart(4, '0')}` +
  '5b600019816005' + '1b52600190038060035700';
const stepsOf = (words) => 13 * words + 2;

/** The most that a process has had resident. */
function peakBytes(node) {
  const status = readFileSync(`/proc/${node.pid}/status`, 'utf8');
  return 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)[1]);
}

/** Reads an answer piece by piece; resolves with its size and its last bytes. */
function readLong(url, method, params, onFirst = () => {}) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST' }, (response) => {
      let size = 0;
      let tail = '';
      response.on('data', (chunk) => {
        if (size === 0) onFirst(response);
        size += chunk.length;
        tail = (tail + chunk.subarray(-200).toString('latin1')).slice(-200);
      });
      response.once('error', reject);
      response.once('close', () => resolve(
        { size, tail, complete: response.complete, headers: response.headers }));
    });
    sent.once('error', reject);
    sent.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
  });
}

describe('long answers', () => {
  const ipc = join(temporaryFolder(), 'node.ipc');
  const apis = 'ETH,NET,WEB3,DEBUG,TRACE';
  const withMemory = { enableMemory: true };
  let node;
  before(async () => {
    node = await startNode([`--rpc-http-api=${apis}`, `--rpc-ws-api=${apis}`,
      '--Xhttp-timeout-seconds=200', '--Xrpc-ipc-enabled', `--Xrpc-ipc-path=${ipc}`,
      `--Xrpc-ipc-apis=${apis}`]);
  });
  after(() => node?.stop());

  /** The hash of a transaction that runs the loop, in a block of its own. */
  async function mine(words) {
    const hash = await call(node.http, 'eth_sendTransaction',
      [{ from: accounts[0].address, data: loop(words), gas: '0x200000' }]);
    const receipt = await call(node.http, 'eth_getTransactionReceipt', [hash]);
    assert.equal(receipt.status, '0x1');
    return { hash, block: receipt.blockNumber };
  }

  it('are never whole in the memory of the node', async (test) => {
    const { hash, block } = await mine(800);
    const before = peakBytes(node);
    const one = await readLong(node.http, 'debug_traceTransaction', [hash, withMemory]);
    assert.ok(one.complete);
    assert.equal(one.headers['transfer-encoding'], 'chunked');
    assert.ok(one.size > 250 * MiB, `${one.size} bytes`);
    assert.match(one.tail, /\],"gas":\d+,"failed":false,"returnValue":"0x"\}\}$/);
    const all = await readLong(node.http, 'debug_traceBlockByNumber', [block, withMemory]);
    assert.ok(all.complete && all.size > one.size);
    const grown = peakBytes(node) - before;
    test.diagnostic(`${Math.round(one.size / MiB)} MiB read, ${Math.round(grown / MiB)} MiB grown`);
    assert.ok(grown < 32 * MiB, `${grown} bytes`);
  });

  it('wait for a slow reader, who holds up nobody', async (test) => {
    const { hash } = await mine(800);
    const before = peakBytes(node);
    const paused = [];
    const slow = Array.from({ length: 6 }, () => new Promise((begun) => {
      readLong(node.http, 'debug_traceTransaction', [hash, withMemory], (response) => {
        response.pause();
        paused.push(response);
        begun();
      }).catch(() => {});
    }));
    await Promise.all(slow);
    const small = await mine(3);
    const traced = await call(node.http, 'debug_traceTransaction', [small.hash]);
    assert.equal(traced.structLogs.length, stepsOf(3));
    assert.equal(await call(node.http, 'eth_chainId'), '0x8a');
    for (const response of paused) response.destroy();
    const grown = peakBytes(node) - before;
    test.diagnostic(`${Math.round(grown / MiB)} MiB grown`);
    assert.ok(grown < 64 * MiB, `${grown} bytes`);
  });

  it('that turn out too large end so that nobody takes them for whole', async () => {
    const { hash } = await mine(1200);
    await assert.rejects(readLong(node.http, 'debug_traceTransaction', [hash, withMemory]),
      { code: 'ECONNRESET' });
    while (!/answer to debug_traceTransaction breaks off after \d+ bytes/.test(node.log))
      await setTimeout(10);
    assert.equal(await call(node.http, 'eth_chainId'), '0x8a');
  });

  it('are one message of a WebSocket', async () => {
    const { hash } = await mine(200);
    const socket = new WebSocket(node.ws, { maxPayload: 64 * MiB });
    await new Promise((resolve) => { socket.once('open', resolve); });
    const message = new Promise((resolve) => { socket.once('message', resolve); });
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'debug_traceTransaction',
      params: [hash, withMemory] }));
    const answer = JSON.parse(await message);
    socket.close();
    assert.equal(answer.id, 7);
    assert.equal(answer.result.structLogs.length, stepsOf(200));
  });

  it('are one line over IPC', async () => {
    const { hash } = await mine(200);
    const socket = connect(ipc);
    const line = new Promise((resolve, reject) => {
      const pieces = [];
      socket.on('data', (piece) => {
        pieces.push(piece);
        if (piece.at(-1) === 10) resolve(Buffer.concat(pieces).toString());
      });
      socket.once('error', reject);
    });
    socket.write(JSON.stringify({ jsonrpc: '2.0', id: 8, method: 'debug_traceTransaction',
      params: [hash, withMemory] }));
    const answer = JSON.parse(await line);
    socket.destroy();
    assert.equal(answer.result.structLogs.length, stepsOf(200));
  });

  it('may stand in a batch', async () => {
    const { hash } = await mine(200);
    const response = await fetch(node.http, { method: 'POST', body: JSON.stringify([
      { jsonrpc: '2.0', id: 1, method: 'eth_chainId' },
      { jsonrpc: '2.0', id: 2, method: 'debug_traceTransaction', params: [hash, withMemory] },
      { jsonrpc: '2.0', id: 3, method: 'debug_traceTransaction', params: ['0x12'] },
      { jsonrpc: '2.0', id: 4, method: 'trace_replayTransaction', params: [hash, ['vmTrace']] },
    ]) });
    const answers = await response.json();
    assert.deepEqual(answers.map((answer) => answer.id), [1, 2, 3, 4]);
    assert.equal(answers[1].result.structLogs.length, stepsOf(200));
    assert.ok(answers[2].error);
    assert.equal(answers[3].result.vmTrace.ops.length, stepsOf(200));
  });
});
