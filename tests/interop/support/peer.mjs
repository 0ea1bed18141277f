// SPDX-License-Identifier: Apache-2.0
// A peer made of @ethereumjs/devp2p: RLPx, eth/68, snap/1, and istanbul/100 as far as framing goes.
import { ETH, RLPx, SNAP } from '@ethereumjs/devp2p';
import { bigIntToUnpaddedBytes, bytesToHex, hexToBytes } from '@ethereumjs/util';
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { createServer } from 'node:net';
import snappy from 'snappyjs';
import { commonOf } from './chain.mjs';

const Protocol = Object.getPrototypeOf(ETH);  // the package does not export it

class Istanbul extends Protocol {
  constructor(version, peer, send) {
    super(peer, send, 'istanbul', version, {});
  }
  _handleMessage(code, data) {
    this.events.emit('message', code, data);
  }
  say(code, data) {
    this._send(code, snappy.compress(data));
  }
}
const istanbul = { name: 'istanbul', version: 100, length: 22, constructor: Istanbul };

const codes = { GetBlockHeaders: 3, GetBlockBodies: 5, GetPooledTransactions: 9, GetReceipts: 15 };

const number = (value) => bigIntToUnpaddedBytes(BigInt(value));

/** A connection whose eth handshake is done. */
class Connection {
  constructor(peer, status) {
    this.peer = peer;
    this.status = status;
    const protocols = peer.getProtocols();
    const of = (kind) => protocols.find((protocol) => protocol instanceof kind);
    [this.eth, this.istanbul, this.snap] = [of(ETH), of(Istanbul), of(SNAP)];
    this.hello = peer.getHelloMessage();
    this.messages = [];
    this.nextRequest = 0x1000;
    this.eth.events.on('message', (code, payload) => this.messages.push({ code, payload }));
  }

  /** The items of the answer to a request. */
  async ask(name, query) {
    const id = number(this.nextRequest++);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer to ${name}`)), 5000);
      const listen = (code, payload) => {
        if (code !== codes[name] + 1 || bytesToHex(payload[0]) !== bytesToHex(id)) return;
        this.eth.events.off('message', listen);
        clearTimeout(timer);
        resolve(payload[1]);
      };
      this.eth.events.on('message', listen);
      this.eth.sendMessage(codes[name], [id, query]);
    });
  }
  /** What follows the request's id in the answer to a request of snap. */
  async askSnap(code, query) {
    const id = number(this.nextRequest++);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer to code ${code} of snap`)), 5000);
      const listen = (answered, payload) => {
        if (answered !== code + 1 || bytesToHex(payload[0]) !== bytesToHex(id)) return;
        this.snap.events.off('message', listen);
        clearTimeout(timer);
        resolve(payload.slice(1));
      };
      this.snap.events.on('message', listen);
      this.snap.sendMessage(code, [id, ...query]);
    });
  }
  headers(start, limit, skip = 0, reverse = false) {
    const from = typeof start === 'number' ? number(start) : start;
    return this.ask('GetBlockHeaders', [from, number(limit), number(skip), number(reverse ? 1 : 0)]);
  }
  disconnect(reason = 0x08) {
    this.peer.disconnect(reason);
  }
}

/** An identity that dials and listens. Its chain is that of the genesis hash, or says so. */
export class OtherClient {
  constructor(genesisHash, { common = commonOf(genesisHash), withIstanbul = true, withSnap = false } = {}) {
    this.events = new EventEmitter();
    this.genesisHash = genesisHash;
    this.options = { common, withIstanbul, withSnap };
  }

  /** Listens on a free port. */
  async start() {
    this.port = await new Promise((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const { port } = server.address();
        server.close(() => resolve(port));
      });
    });
    const { common, withIstanbul, withSnap } = this.options;
    this.rlpx = new RLPx(randomBytes(32), {
      common,
      capabilities: [
        ETH.eth67, ETH.eth68, ...(withIstanbul ? [istanbul] : []), ...(withSnap ? [SNAP.snap] : []),
      ],
      listenPort: this.port,
      timeout: 10000,
    });
    this.rlpx.events.on('peer:added', (peer) => this.#greet(peer));
    this.rlpx.events.on('peer:removed', (peer, reason, byUs) =>
      this.events.emit('closed', { reason, byUs }));
    this.rlpx.events.on('peer:error', (peer, error) => this.events.emit('trouble', error));
    this.rlpx.events.on('error', (error) => this.events.emit('trouble', error));
    await new Promise((resolve) => {
      this.rlpx.events.once('listening', resolve);
      this.rlpx.listen(this.port, '127.0.0.1');
    });
    return this;
  }
  get enode() {
    return `enode://${bytesToHex(this.rlpx.id).slice(2)}@127.0.0.1:${this.port}?discport=0`;
  }

  #greet(peer) {
    const [eth] = peer.getProtocols();
    eth.events.once('status', (status) => this.events.emit('connected', new Connection(peer, status)));
    const genesisHash = hexToBytes(this.genesisHash);
    eth.sendStatus({ td: number(1), bestHash: genesisHash, genesisHash });
  }

  /** The next that happens; rejects after ten seconds. */
  next(event) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no peer was ${event}`)), 10000);
      this.events.once(event, (value) => {
        clearTimeout(timer);
        resolve(value);
      });
    });
  }
  /** Dials; resolves once the eth handshake is done. */
  async dial({ id, address, tcpPort }) {
    const connected = this.next('connected');
    await this.rlpx.connect({ id, address, tcpPort });
    return connected;
  }
  stop() {
    for (const peer of this.rlpx.getPeers()) peer.disconnect?.(0x08);
    this.rlpx.destroy();
  }
}
