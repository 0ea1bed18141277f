// SPDX-License-Identifier: Apache-2.0
// Exchanges that replay recorded prices, and misbehave when a test says so.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const folder = new URL('../node_modules/vega-datasets/data/', import.meta.url);

function rows(file) {
  const [head, ...lines] = readFileSync(new URL(file, folder), 'utf8').trim().split(/\r?\n/);
  const names = head.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((value, index) => [names[index], value])));
}

/** Monthly closes of Apple's share, and daily closes of an index: by symbol, the oldest first. */
export const series = {
  AAPL: rows('stocks.csv').filter((row) => row.symbol === 'AAPL').map((row) => Number(row.price)),
  SP500: rows('sp500-2000.csv').map((row) => Number(row.close)),
};

/** What a source may do instead of telling the truth. */
export const faults = ['spike', 'stale', 'garbage', 'slow', 'dead'];

/** Two quotes of one price differ by less than this. */
export const tolerance = 0.0005;

class Exchange {
  #market;
  #offset;
  #server = createServer((request, response) => this.#answer(request, response));
  #frozen = null; // what a stale source says
  #fault = 'none';
  requests = 0;

  constructor(market, offset) {
    this.#market = market;
    this.#offset = offset;
  }

  async listen() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
    return this;
  }

  set fault(fault) {
    this.#fault = fault;
    this.#frozen = null;
    if (fault === 'dead' || fault === 'slow') this.#server.closeAllConnections();
  }
  get fault() { return this.#fault; }

  #answer(request, response) {
    ++this.requests;
    if (this.#fault === 'dead') return request.socket.destroy();
    if (this.#fault === 'slow') return undefined; // and never an answer
    response.setHeader('content-type', 'application/json');
    if (this.#fault === 'garbage') return response.end('{"data":{"price":"NaN","time":');
    const symbol = new URL(request.url, this.url).pathname.split('/').pop();
    const factor = this.#fault === 'spike' ? 3 : 1;
    let quote = { price: (this.#market.price(symbol) * (1 + this.#offset) * factor).toFixed(6), time: Date.now() };
    if (this.#fault === 'stale') {
      this.#frozen ??= new Map();
      if (!this.#frozen.has(symbol)) this.#frozen.set(symbol, quote);
      quote = this.#frozen.get(symbol);
    }
    return response.end(JSON.stringify({ symbol, data: quote }));
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** The same prices at several exchanges, a little apart from each other. */
export class Market {
  #step = 0;
  exchanges = [];
  told = new Map(Object.keys(series).map((symbol) => [symbol, []])); // true prices so far

  static async open(offsets = [-0.0003, -0.0001, 0.0001, 0.0003]) {
    const market = new Market();
    market.#tell();
    for (const offset of offsets) market.exchanges.push(await new Exchange(market, offset).listen());
    return market;
  }

  price(symbol) {
    const prices = series[symbol];
    return prices[this.#step % prices.length];
  }

  /** To where the symbol's price is at least that much away from now. */
  advance(symbol, share = 0.02) {
    const before = this.price(symbol);
    do ++this.#step; while (Math.abs(this.price(symbol) - before) < share * before);
    this.#tell();
    return this.price(symbol);
  }

  #tell() {
    for (const [symbol, prices] of this.told) prices.push(this.price(symbol));
  }

  /**
   * Whether this was a true price at some time. While the market moves some exchanges have been asked before and some
   * after, so what lies between two neighbours is true as well.
   */
  hasTold(symbol, price) {
    const prices = this.told.get(symbol);
    return prices.some((each, position) => {
      const next = prices[position + 1] ?? each;
      return price >= Math.min(each, next) * (1 - tolerance) && price <= Math.max(each, next) * (1 + tolerance);
    });
  }

  heal() {
    for (const each of this.exchanges) each.fault = 'none';
  }

  close() {
    for (const each of this.exchanges) each.close();
  }
}
