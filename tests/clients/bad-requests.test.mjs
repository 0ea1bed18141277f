// SPDX-License-Identifier: Apache-2.0
// Hostile callers: the right error or a closed connection, bounded memory, others unaffected
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import WebSocket from 'ws';
import { accounts, call, startNode, withNode } from './support/node.mjs';

/** A raw exchange: resolves with all that came until the other side closed, or `wait` ms passed. */
function exchange(port, pieces, wait = 3000) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    const done = () => {
      socket.destroy();
      resolve(text);
    };
    const timer = setTimeout(done, wait);
    socket.on('data', (chunk) => { text += chunk; });
    socket.once('error', () => {});
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(text);
    });
    socket.once('connect', () => { for (const piece of pieces) socket.write(piece); });
  });
}

const request = (body, headers = '') => `POST / HTTP/1.1\r\nHost: localhost\r\n` +
  `Content-Type: application/json\r\nConnection: close\r\n${headers}` +
  `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

async function send(port, body) {
  const text = await exchange(port, [request(body)], 20_000);
  const [head, rest] = text.split('\r\n\r\n', 2);
  return { status: Number(head.split(' ')[1]), body: rest ? JSON.parse(rest) : undefined };
}

describe('bad requests', () => {
  let node;
  before(async () => { node = await startNode(['--rpc-http-max-request-content-length=1000000']); });
  after(() => node?.stop());

  const error = (code, id = null) => (answer) => {
    assert.equal(answer.body.error.code, code);
    assert.equal(answer.body.id, id);
  };

  it('are answered with the errors that Besu has for them', async () => {
    const cases = [
      ['', 400, error(-32700)],
      ['{', 400, error(-32700)],
      ['nonsense', 400, error(-32700)],
      ['{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[}', 400, error(-32700)],
      ['{"id":1}', 400, error(-32600, 1)],
      ['{"id":{},"method":"eth_chainId"}', 400, error(-32600)],
      ['{"id":1,"method":"eth_chainId","params":{}}', 400, error(-32600, 1)],
      ['[]', 400, error(-32600)],
      ['"eth_chainId"', 400, error(-32600)],
      ['{"id":1,"method":"no_such"}', 200, error(-32601, 1)],
      ['{"id":1,"method":"eth_getBalance","params":[7,"latest"]}', 200, error(-32602, 1)],
      ['{"id":1,"method":"eth_getBlockByNumber","params":["latest","yes"]}', 200, error(-32602, 1)],
      ['{"id":1,"method":"eth_call","params":[{"to":"0x12"},"latest"]}', 200, error(-32602, 1)],
      ['\u0000\u0001\u0002', 400, error(-32700)],
      ['{"id":1,"method":"eth_chainId"} trailing', 400, error(-32700)],
    ];
    for (const [body, status, check] of cases) {
      const answer = await send(node.httpPort, body);
      assert.equal(answer.status, status, body);
      check(answer);
    }
  });

  it('with deep nesting are refused before they cost anything', async () => {
    for (const [open, close] of [['[', ']'], ['{"a":', '}']]) {
      const depth = 100_000;
      const inner = `${open.repeat(depth)}1${close.repeat(depth)}`;
      const bare = await send(node.httpPort, inner);
      assert.equal(bare.status, 400);
      const within = await send(node.httpPort,
        `{"jsonrpc":"2.0","id":1,"method":"eth_call","params":${inner}}`);
      assert.equal(within.status, 400);
    }
  });

  it('with a huge batch get one error', async () => {
    const batch = JSON.stringify(Array.from({ length: 1025 }, (_, id) => (
      { jsonrpc: '2.0', id, method: 'eth_chainId', params: [] })));
    const answer = await send(node.httpPort, batch);
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body, { jsonrpc: '2.0', id: null,
      error: { code: -32005, message: 'Number of requests exceeds max batch size' } });
  });

  it('with an oversized body are refused unread', async () => {
    const announced = await exchange(node.httpPort,
      ['POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n']);
    assert.match(announced, /^HTTP\/1.1 413/);
    const chunk = `10000\r\n${'a'.repeat(0x10000)}\r\n`;
    const chunked = await exchange(node.httpPort,
      ['POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n',
        ...Array.from({ length: 40 }, () => chunk)]);
    assert.match(chunked, /^HTTP\/1.1 413|^$/);
  });

  it('with broken HTTP are refused', async () => {
    const broken = ['GARBAGE\r\n\r\n', 'POST / HTTP/9.9\r\n\r\n',
      `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`,
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello'];
    for (const text of broken) {
      const answer = await exchange(node.httpPort, [text]);
      assert.match(answer, /^HTTP\/1.1 [45]\d\d|^$/, text.slice(0, 40));
    }
    const stranger = await exchange(node.httpPort,
      ['POST / HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0\r\nConnection: close\r\n\r\n']);
    assert.match(stranger, /^HTTP\/1.1 403/);
    assert.match(stranger, /Host not authorized\./);
  });

  it('over WebSocket end in an error or a closed connection', async () => {
    const socket = new WebSocket(node.ws);
    await new Promise((resolve) => { socket.once('open', resolve); });
    const answer = () => new Promise((resolve) => {
      socket.once('message', (text) => resolve(JSON.parse(text)));
    });
    socket.send('{');
    assert.equal((await answer()).error.code, -32603);
    socket.send('');
    assert.equal((await answer()).error.code, -32600);
    const closed = new Promise((resolve) => { socket.once('close', resolve); });
    socket.send('a'.repeat(5 << 20));
    assert.equal(await closed, 1009);
  });

  it('leave the node small and answering', async () => {
    assert.equal(await call(node.http, 'eth_chainId'), '0x8a');
    assert.ok(node.residentBytes() < 150 << 20, `${node.residentBytes()} bytes`);
  });
});

describe('callers that hold on to their connections', () => {
  it('dribbling their headers are cut off, and others do not wait for them', async () => {
    await withNode([], async (node) => {
      const start = Date.now();
      const ends = Array.from({ length: 100 }, () => new Promise((resolve) => {
        const socket = connect(node.httpPort, '127.0.0.1');
        socket.on('error', () => {});
        socket.on('close', () => resolve(Date.now() - start));
        socket.resume();
        socket.write('POST / HTTP/1.1\r\nHost: localhost\r\n');
        const drip = setInterval(() => socket.write('X: y\r\n'), 500);
        socket.on('close', () => clearInterval(drip));
      }));
      const asked = Date.now();
      assert.equal(await call(node.http, 'eth_chainId'), '0x8a');
      assert.ok(Date.now() - asked < 5000);
      for (const after of await Promise.all(ends)) assert.ok(after < 30_000, `${after} ms`);
    });
  });

  it('leaving half-way through a body cost nothing', async () => {
    await withNode([], async (node) => {
      for (let i = 0; i < 500; ++i) {
        const socket = connect(node.httpPort, '127.0.0.1');
        socket.on('error', () => {});
        await new Promise((resolve) => { socket.once('connect', resolve); });
        socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n[1,2,');
        if (i % 2 === 0) socket.end();
        else socket.resetAndDestroy();
      }
      assert.equal(await call(node.http, 'eth_chainId'), '0x8a');
      assert.ok(node.residentBytes() < 100 << 20);
    });
  });

  it('beyond the limit are closed; those within it are served', async () => {
    await withNode(['--rpc-http-max-active-connections=50'], async (node) => {
      const sockets = [];
      let closed = 0;
      for (let i = 0; i < 200; ++i) {
        const socket = connect(node.httpPort, '127.0.0.1');
        socket.on('error', () => {});
        socket.on('close', () => { ++closed; });
        socket.resume();
        sockets.push(socket);
        await new Promise((resolve) => { socket.once('connect', resolve); });
      }
      for (let i = 0; i < 100 && closed < 150; ++i)
        await new Promise((resolve) => { setTimeout(resolve, 50); });
      assert.equal(closed, 150);
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => { setTimeout(resolve, 200); });
      assert.equal(await call(node.http, 'eth_chainId'), '0x8a');
      assert.match(node.log, /Rejecting new connection from .* Max 50 active connections limit/);
    });
  });

  const count = 10_000;
  const openFiles = process.env.META138_OPEN_FILES;
  const tooFew = openFiles !== 'unlimited' && Number(openFiles) < count + 500;
  it('10,000 of them fit', { skip: tooFew && `only ${openFiles} open files allowed` }, async () => {
    await withNode([`--rpc-http-max-active-connections=${count + 100}`], async (node) => {
      const sockets = [];
      for (let i = 0; i < count; i += 100)
        sockets.push(...await Promise.all(Array.from({ length: 100 }, () => new Promise(
          (resolve, reject) => {
            const socket = connect(node.httpPort, '127.0.0.1', () => resolve(socket));
            socket.on('error', reject);
          }))));
      assert.equal(await call(node.http, 'eth_getBalance', [accounts[0].address, 'latest']),
        '0x21e19e0c9bab2400000');
      assert.ok(node.residentBytes() < 400 << 20, `${node.residentBytes()} bytes`);
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => { setTimeout(resolve, 500); });
      assert.equal(await call(node.http, 'eth_chainId'), '0x8a');
    });
  });
});
