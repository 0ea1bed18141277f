// SPDX-License-Identifier: Apache-2.0
// Networks of real nodes on this machine, whose links a test may break.
import assert from 'node:assert/strict';
import { createECDH, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { call, runProgram, startProgram, temporaryFolder } from '../../clients/support/node.mjs';
import { genesis } from './genesis.mjs';
import { DirectLink, Link } from './proxy.mjs';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until `condition` gives something true, and returns that. */
export async function eventually(condition, what, seconds = 60) {
  const end = performance.now() + 1000 * seconds;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (performance.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(100);
  }
}

class Member {
  constructor(network, index, role) {
    Object.assign(this, { network, index, role, name: `${role}-${index}`, node: null, args: [], port: 0 });
    this.folder = join(network.folder, this.name);
    mkdirSync(this.folder);
    const curve = createECDH('secp256k1');
    do curve.setPrivateKey(randomBytes(32)); while (curve.getPrivateKey().length !== 32);
    this.id = curve.getPublicKey('hex', 'uncompressed').slice(2);
    this.keyFile = join(this.folder, 'key');
    writeFileSync(this.keyFile, `0x${curve.getPrivateKey('hex').padStart(64, '0')}`);
    this.links = new Map(); // by whom it leads to
  }

  async readAddress() {
    const { code, stdout, stderr } = await runProgram(
      ['public-key', 'export-address', `--node-private-key-file=${this.keyFile}`, `--data-path=${this.folder}`,
        `--genesis-file=${this.network.genesisFile}`]);
    assert.equal(code, 0, stderr);
    [this.address] = /0x[0-9a-f]{40}/.exec(stdout);
  }

  /** This one dials `other` through a link of its own; straight, where ports are fixed. */
  async linkTo(other) {
    this.links.set(other, other.port === 0 ? await new Link().listen() : new DirectLink(other.port));
  }

  get #peerArguments() {
    const { network } = this;
    if (!network.discovers) return ['--discovery-enabled=false'];
    const [bootnode] = network.members;
    return bootnode === this ? [] : [`--bootnodes=enode://${bootnode.id}@127.0.0.1:${bootnode.port}`];
  }

  async start(extra = []) {
    const enodes = [...this.links].map(([other, link]) => `enode://${other.id}@127.0.0.1:${link.port}?discport=0`);
    writeFileSync(join(this.folder, 'static-nodes.json'), JSON.stringify(enodes));
    this.node = await startProgram([
      `--data-path=${this.folder}`, `--genesis-file=${this.network.genesisFile}`, `--node-private-key-file=${this.keyFile}`,
      `--p2p-port=${this.port}`, '--p2p-interface=127.0.0.1', ...this.#peerArguments, '--min-gas-price=0',
      '--rpc-http-enabled', '--rpc-http-port=0', '--rpc-http-api=ETH,NET,WEB3,ADMIN,QBFT,TXPOOL,DEBUG',
      '--metrics-enabled', '--metrics-port=0', ...this.network.args, ...this.args, ...extra,
    ]);
    const port = Number(/p2p=(\d+)/.exec(readFileSync(join(this.folder, 'besu.ports'), 'utf8'))[1]);
    for (const each of this.network.members) if (each.links.has(this)) each.links.get(this).target = port;
    return this;
  }

  get isUp() { return this.node !== null; }

  async stop(signal = 'SIGTERM') {
    const { node } = this;
    this.node = null;
    for (const each of this.network.members) if (each.links.has(this)) each.links.get(this).target = 0;
    return node?.stop(signal);
  }

  call(method, params = []) { return call(this.node.http, method, params); }
  async height() { return Number(await this.call('eth_blockNumber')); }
  async block(number) { return this.call('eth_getBlockByNumber', [`0x${number.toString(16)}`, false]); }
  async metric(name) {
    const text = await (await fetch(`http://127.0.0.1:${this.node.metricsPort}/metrics`)).text();
    const line = text.split('\n').find((each) => each.startsWith(`${name} `) || each.startsWith(`${name}{`));
    return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1));
  }
  /** Imports a chain file's blocks, up to one of them. */
  async import(file, last) {
    const { code, stderr } = await runProgram(['blocks', 'import', `--from=${file}`, `--end-block=${last + 1}`,
      `--data-path=${this.folder}`, `--genesis-file=${this.network.genesisFile}`]);
    assert.equal(code, 0, stderr);
  }
  wipe() { rmSync(join(this.folder, 'database'), { recursive: true }); }
}

/** Validators that all dial each other, or sentries only; others that join. */
export class Network {
  members = [];
  folder = temporaryFolder();
  genesisFile = join(this.folder, 'genesis.json');

  /** With a `firstPort` the members have fixed ports, and nothing between them; `discovers`: by the first as bootnode. */
  static async make({ validators, sentries = 0, others = 0, args = [], standby = 0, firstPort = 0, discovers = false, ...options }) {
    const network = new Network();
    Object.assign(network, { args, discovers });
    writeFileSync(network.genesisFile, JSON.stringify(genesis([], options)));
    const add = (count, role) => {
      for (let index = 1; index <= count; ++index) network.members.push(new Member(network, index, role));
    };
    add(validators, 'validator');
    add(standby, 'standby');
    add(sentries, 'sentry');
    add(others, 'node');
    if (firstPort !== 0) network.members.forEach((each, index) => { each.port = firstPort + index; });
    for (const each of network.members) await each.readAddress();
    writeFileSync(network.genesisFile,
      JSON.stringify(genesis(network.validators.map((each) => each.address).sort(), options)));
    for (const from of network.members)
      for (const to of network.members)
        if (from !== to && !discovers && network.#mayDial(from, to, sentries > 0)) await from.linkTo(to);
    for (const sentry of network.sentries) sentry.args = ['--qbft-relay=true'];
    return network;
  }

  #mayDial(from, to, hasSentries) {
    const isInner = (each) => each.role === 'validator' || each.role === 'standby';
    if (isInner(from) && isInner(to)) return !hasSentries;
    // Everybody else dials those in front, or the validators if none are.
    if (from.role === 'node' || to.role === 'node') return to.role === (hasSentries ? 'sentry' : 'validator');
    return true;
  }

  #of(role) { return this.members.filter((each) => each.role === role); }
  get validators() { return this.#of('validator'); }
  get standby() { return this.#of('standby'); }
  get sentries() { return this.#of('sentry'); }
  get others() { return this.#of('node'); }
  get up() { return this.members.filter((each) => each.isUp); }

  async start(members = this.members) {
    const started = await Promise.allSettled(members.map((each) => each.start()));
    const failed = started.find((each) => each.status === 'rejected');
    if (failed) throw failed.reason;
    return this;
  }

  async stop() {
    await Promise.all(this.up.map((each) => each.stop()));
    for (const each of this.members) for (const link of each.links.values()) link.close();
  }

  /** The links between the two groups, in both directions. */
  between(some, rest) {
    return some.flatMap((a) => rest.flatMap((b) => [a.links.get(b), b.links.get(a)])).filter(Boolean);
  }

  /** Until all that are up have that block; returns how long it took, in seconds. */
  async reach(number, { members = this.up, seconds = 60 } = {}) {
    const start = performance.now();
    await eventually(async () => {
      const heights = await Promise.all(members.map((each) => each.height()));
      return heights.every((each) => each >= number);
    }, `block ${number} at ${members.map((each) => each.name)}`, seconds);
    return (performance.now() - start) / 1000;
  }

  async height() { return Math.max(...await Promise.all(this.up.map((each) => each.height()))); }

  /** Rounds that ended without a block since the start, over all that are up. At first peers are still connecting. */
  async timeouts() {
    const counts = await Promise.all(this.up.map((each) => each.metric('meta138_qbft_round_timeouts_total')));
    return counts.reduce((sum, each) => sum + each, 0);
  }

  /** `count` more blocks everywhere. */
  async progress(count, options) { return this.reach(await this.height() + count, options); }

  /** No two nodes have different blocks at a height; the heights run on without gaps. */
  async assertNoFork() {
    const heights = await Promise.all(this.up.map((each) => each.height()));
    const common = Math.min(...heights);
    for (let number = 0; number <= common; number += Math.max(1, Math.floor(common / 50))) {
      const hashes = new Set(await Promise.all(this.up.map(async (each) => (await each.block(number)).hash)));
      assert.equal(hashes.size, 1, `block ${number} differs`);
    }
  }
}

/** Runs `body` with a network that is up, and ends it whatever comes of it; says what the logs say if it fails. */
export async function withNetwork(options, body) {
  const network = await Network.make(options);
  try {
    if (options.started !== false) await network.start();
    await body(network);
    await network.assertNoFork();
  } catch (error) {
    for (const each of network.up) console.error(`--- ${each.name} (${each.address})\n${each.node.log.slice(-6000)}`);
    throw error;
  } finally {
    await network.stop();
  }
}
