// SPDX-License-Identifier: Apache-2.0
// One direction of dialling between two nodes, through which a test makes the network fail.
import { connect, createServer } from 'node:net';

/** Forwards connections to a port that becomes known later. */
export class Link {
  #server = createServer({ allowHalfOpen: false }, (inbound) => this.#accept(inbound));
  #pairs = new Set();
  #state = 'open';
  #retransmission = { share: 0, delay: 200 };
  target = 0;

  async listen() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.#server.unref();
    this.port = this.#server.address().port;
    return this;
  }

  /** Refuses and breaks connections, as a machine that is off. */
  cut() {
    this.#state = 'cut';
    for (const pair of this.#pairs) pair.destroy();
  }

  /** Swallows what is sent, as a network that drops everything. */
  swallow() {
    this.#state = 'swallow';
    for (const pair of this.#pairs) pair.pause();
  }

  heal() {
    this.#state = 'open';
    for (const pair of this.#pairs) pair.resume();
  }

  /** What TCP makes of lost packets: that share of the pieces comes late, and all behind it. */
  lose(share, delay = 200) {
    this.#retransmission = { share, delay };
  }

  close() {
    this.cut();
    this.#server.close();
  }

  #accept(inbound) {
    if (this.#state === 'cut' || this.target === 0) {
      inbound.destroy();
      return;
    }
    const outbound = connect(this.target, '127.0.0.1');
    const pair = new Pair(inbound, outbound, () => this.#lateness());
    this.#pairs.add(pair);
    pair.onClose = () => this.#pairs.delete(pair);
    if (this.#state === 'swallow') pair.pause();
  }

  #lateness() {
    const { share, delay } = this.#retransmission;
    let late = 0;
    for (let again = delay; Math.random() < share && again < 8 * delay; again *= 2) late += again;
    return late;
  }
}

/** The other node's own port, with nothing in between. */
export class DirectLink {
  target = 0;
  constructor(port) { this.port = port; }
  close() {}
}

class Pair {
  constructor(a, b, lateness) {
    this.sockets = [a, b];
    this.onClose = () => {};
    for (const [from, to] of [[a, b], [b, a]]) {
      let clear = 0; // when the pieces before have left
      from.on('data', (piece) => {
        const now = performance.now();
        clear = Math.max(clear, now + lateness());
        if (clear <= now) to.write(piece);
        else setTimeout(() => to.destroyed || to.write(piece), clear - now);
      });
      from.on('error', () => this.destroy());
      from.on('close', () => this.destroy());
      from.setNoDelay(true);
      from.unref();
    }
  }

  pause() { for (const socket of this.sockets) socket.pause(); }
  resume() { for (const socket of this.sockets) socket.resume(); }
  destroy() {
    for (const socket of this.sockets) socket.destroy();
    this.onClose();
  }
}
