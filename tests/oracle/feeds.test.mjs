// SPDX-License-Identifier: Apache-2.0
// Two publishers and a signer on a network of four validators: prices get into the feeds whatever fails.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { parseEther, Wallet } from 'ethers';
import { run } from '../clients/support/node.mjs';
import { eventually, Network } from '../network/support/network.mjs';
import { funded } from '../network/support/genesis.mjs';
import { Link } from '../network/support/proxy.mjs';
import { connect, deploy, toPrice, wallet } from './support/feeds.mjs';
import { Publisher } from './support/publisher.mjs';
import { Signer } from './support/signer.mjs';
import { Market, tolerance } from './support/sources.mjs';

const chainId = 1381;
const cast = new URL('./node_modules/@foundry-rs/cast-linux-amd64/bin/cast', import.meta.url).pathname;
const isNear = (price, truth) => Math.abs(price - truth) <= tolerance * truth;

let network;
let market;
let provider;
let signer;
let links; // to the nodes that publishers ask, in the order of preference
let publishers;
let configured; // what their configurations have in common
let shares; // updated by deviation, its heartbeat is long
let index; // updated by heartbeat, too

/** Until the feed says what the market does. */
const follows = (feed, symbol, seconds = 30) => eventually(async () => {
  const latest = await feed.latest().catch(() => null);
  return latest && isNear(latest.price, market.price(symbol)) ? latest : null;
}, `${symbol} at ${market.price(symbol)}`, seconds);

/** A new price gets into the feed. */
async function moves(seconds) {
  market.advance('AAPL');
  return follows(shares, 'AAPL', seconds);
}

const accounts = [Wallet.createRandom(), Wallet.createRandom()];

before(() => start().catch(async (error) => {
  for (const each of network?.up ?? []) {
    const state = await Promise.all(['eth_blockNumber', 'txpool_besuTransactions'].map((method) => each.call(method)))
      .catch(String);
    console.error(`--- ${each.name} ${JSON.stringify(state)}\n${each.node.log.slice(-4000)}`);
  }
  throw error;
}));

async function start() {
  [network, market] = await Promise.all([
    Network.make({ validators: 4, qbft: { xblockperiodmilliseconds: 400 } }),
    Market.open(),
  ]);
  await network.start();
  const [first, second] = network.validators;
  provider = connect(second.node.http, chainId);
  const owner = wallet(funded.key, provider);
  const transmitters = accounts.map((each) => each.address);
  for (const to of transmitters) await (await owner.sendTransaction({ to, value: parseEther('10') })).wait();
  const deployment = await deploy({
    folder: network.folder, url: first.node.http, key: funded.key, provider, plan: `
[defaults]
deviation = "1%"
transmitters = ${JSON.stringify(transmitters)}
[[feed]]
base = "AAPL"
quote = "USD"
undue = "refuse"
[[feed]]
base = "SP500"
quote = "USD"
heartbeat = "8s"
undue = "skip"
`,
  });
  ({ AAPL: shares, SP500: index } = deployment.feeds);
  links = await Promise.all([first, second].map(async ({ node }) => {
    const link = await new Link().listen();
    link.target = node.httpPort;
    return link;
  }));
  signer = await new Signer(join(network.folder, 'signer'), chainId, first.node.httpPort, accounts).start();
  const feeds = [
    { name: 'AAPL/USD', symbol: 'AAPL', base: 'AAPL', quote: 'USD', heartbeat: '1h', deviation: '1%' },
    { name: 'SP500/USD', symbol: 'SP500', address: index.address, heartbeat: '8s', deviation: '1%' },
  ];
  configured = { chainId, market, registry: deployment.registry, feeds };
  const endpoints = links.map((link) => `http://127.0.0.1:${link.port}`);
  publishers = await Promise.all(accounts.map((account, rank) => new Publisher(
    join(network.folder, `oracle-${rank + 1}`), {
      ...configured, name: `oracle-${rank + 1}`, endpoints, signer: signer.for(account),
      publisher: { rank, publishers: 2, turn: '1500ms' },
    }).start()));
}

after(async () => {
  provider?.destroy();
  for (const each of publishers ?? []) await each.stop('SIGKILL');
  await signer?.stop('SIGKILL');
  for (const link of links ?? []) link.close();
  market?.close();
  await network?.stop();
});

let failed = false;
afterEach((context) => {
  if (context.error === undefined && context.passed !== false) return;
  if (failed) return;
  failed = true;
  for (const each of publishers ?? []) console.error(`--- ${each.folder}\n${each.process.log.slice(-6000)}`);
  if (signer) console.error(`--- signer\n${signer.log.slice(-3000)}`);
});

describe('feeds', () => {
  it('get a first answer that ethers and cast read', async () => {
    const latest = await follows(shares, 'AAPL');
    await follows(index, 'SP500');
    const { stdout } = await promisify(execFile)(cast, ['call', shares.address,
      'latestRoundData()(uint80,int256,uint256,uint256,uint80)', '--rpc-url', network.validators[2].node.http]);
    const [round, answer] = stdout.split('\n').map((line) => line.split(' ')[0]);
    assert.equal(Number(round), latest.round);
    assert.equal(toPrice(answer), latest.price);
  });

  it('follow a price that deviates', async () => {
    for (let i = 0; i < 3; ++i) {
      const before = await shares.latest();
      const after = await moves();
      assert.ok(after.round > before.round);
    }
  });

  it('are updated by their heartbeat when the price stands still', async () => {
    const { round } = await index.latest();
    const untouched = await shares.latest();
    await eventually(async () => (await index.latest()).round >= round + 2, 'two heartbeats', 40);
    assert.deepEqual(await shares.latest(), untouched);
  });

  it('are healthy, and say so', async () => {
    for (const each of publishers) {
      await eventually(async () => (await each.health()).code === 200, 'health', 20);
      const status = await each.status();
      assert.equal(status.chainId, chainId);
      assert.deepEqual(status.feeds.map((feed) => feed.name), ['AAPL/USD', 'SP500/USD']);
      assert.ok(isNear(Number(status.feeds[0].price), market.price('AAPL')));
      assert.equal(status.feeds[0].sourcesUsed, 4);
      const metrics = await each.metrics();
      assert.ok(isNear(metrics.get('meta138_oracle_price{feed="AAPL/USD"}'), market.price('AAPL')));
      assert.equal(metrics.get('meta138_oracle_healthy'), 1);
      assert.ok(metrics.get('meta138_oracle_balance_wei') > 0);
    }
  });
});

describe('sources', () => {
  it('are tried, each once, by meta138-oracle check', async () => {
    const check = () => run(process.env.META138_ORACLE, ['check', '--config', publishers[0].file, '--wait=3s']);
    const good = await check();
    assert.equal(good.code, 0, good.stdout + good.stderr);
    for (const word of ['exchange-1', 'exchange-4', 'AAPL/USD', 'SP500/USD']) assert.ok(good.stdout.includes(word), good.stdout);
    market.exchanges[3].fault = 'garbage';
    const bad = await check();
    market.heal();
    assert.equal(bad.code, 1, bad.stdout + bad.stderr);
  });

  for (const fault of ['spike', 'stale', 'garbage', 'slow', 'dead']) {
    it(`may be of no use, one of four: ${fault}`, async () => {
      market.exchanges[1].fault = fault;
      await moves();
      for (const each of publishers) {
        await eventually(async () => {
          const { sources } = (await each.status()).feeds[0];
          return sources[1].verdict !== 'used' && sources.filter((other) => other.verdict === 'used').length === 3;
        }, 'the fault noticed', 20);
      }
      await moves();
      market.heal();
    });
  }

  it('are too few when three of four are gone, and enough when they are back', async () => {
    for (const each of market.exchanges.slice(1)) each.fault = 'dead';
    const before = await shares.latest();
    for (const each of publishers)
      await eventually(async () => (await each.health()).code === 503, 'the outage noticed', 20);
    market.advance('AAPL');
    const { problems } = await publishers[0].health();
    assert.match(problems.join(), /AAPL\/USD: no price: 1 of 4 sources are alive, 2 needed/);
    assert.deepEqual(await shares.latest(), before);
    market.heal();
    await follows(shares, 'AAPL');
  });
});

describe('publishers', () => {
  it('take over from one that was killed, and take it back', async () => {
    for (const victim of publishers) {
      market.advance('AAPL'); // it may be in the middle of it
      await victim.stop('SIGKILL');
      await follows(shares, 'AAPL');
      await moves();
      await victim.start();
      await moves();
    }
  });

  it('come back when both were killed at once', async () => {
    market.advance('AAPL');
    await Promise.all(publishers.map((each) => each.stop('SIGKILL')));
    await Promise.all(publishers.map((each) => each.start()));
    await follows(shares, 'AAPL');
    await moves();
  });

  it('end in order when they are asked to', async () => {
    const [first] = publishers;
    market.advance('AAPL');
    assert.equal(await first.stop('SIGTERM'), 0);
    await follows(shares, 'AAPL');
    await first.start();
  });
});

describe('a publisher that is configured wrongly', () => {
  const start = (name, options) => new Publisher(join(network.folder, name), {
    ...configured, name, endpoints: [network.validators[2].node.http], publisher: {}, ...options,
  }).start();

  it('only says what it would do in a dry run, each feed by itself', async () => {
    const nowhere = { ...configured.feeds[1], name: 'nowhere', address: accounts[0].address };
    const dry = await start('dry', {
      feeds: [nowhere, configured.feeds[0]], signer: signer.for(accounts[0]), publisher: { dry_run: true },
    });
    try {
      await eventually(async () => (await dry.status()).feeds[1].decision === 'fresh', 'a decision', 20);
      await Promise.all(publishers.map((each) => each.stop()));
      market.advance('AAPL');
      await eventually(() => /Dry run, would send: AAPL\/USD/.test(dry.process.log), 'the announcement', 20);
      const { problems } = await dry.health();
      assert.match(problems.join(), /nowhere: there is no Aggregator/);
      assert.doesNotMatch(problems.join(), /AAPL/);
    } finally {
      await dry.stop();
    }
    await Promise.all(publishers.map((each) => each.start()));
    await follows(shares, 'AAPL');
  });

  it('says that its account is not the signer\'s, or no transmitter, or its chain another', async () => {
    const stranger = Wallet.createRandom();
    const keyFile = join(network.folder, 'stranger');
    writeFileSync(keyFile, stranger.privateKey, { mode: 0o600 });
    for (const [name, options, problem] of [
      ['no-key', { signer: signer.for(stranger) }, /signer: has no key of account 0x/],
      ['no-transmitter', { signer: { key_file: keyFile } }, /AAPL\/USD: the contract does not know this account/],
      ['no-chain', { signer: { key_file: keyFile }, chainId: chainId + 1 }, /is of chain 1381, chain.id is 1382/],
    ]) {
      const publisher = await start(name, options);
      await eventually(async () => problem.test((await publisher.health()).problems.join()), name, 20)
        .finally(() => publisher.stop());
    }
  });
});

describe('outages', () => {
  it('of the preferred endpoint: another is asked', async () => {
    for (const way of ['cut', 'swallow']) {
      links[0][way]();
      await moves();
      links[0].heal();
      await moves();
    }
  });

  it('of all endpoints: it goes on when one is back', async () => {
    for (const link of links) link.cut();
    market.advance('AAPL');
    for (const each of publishers)
      await eventually(async () => (await each.health()).code === 503, 'the outage noticed', 20);
    links[1].heal();
    await follows(shares, 'AAPL');
    links[0].heal();
  });

  it('of the signer: it goes on when it is back', async () => {
    await signer.stop('SIGKILL');
    const before = await shares.latest();
    market.advance('AAPL');
    for (const each of publishers)
      await eventually(async () => /signer/.test((await each.health()).problems.join()), 'the outage noticed', 20);
    assert.deepEqual(await shares.latest(), before);
    await signer.start();
    await follows(shares, 'AAPL');
  });

  it('of the chain itself: what is stuck is replaced, and gets in when blocks come again', async () => {
    const paused = network.validators.slice(2);
    for (const each of paused) each.node.signal('SIGSTOP');
    try {
      market.advance('AAPL');
      await eventually(async () => {
        const all = await Promise.all(publishers.map((each) => each.status()));
        return all.some((each) => each.replaced > 0);
      }, 'a replacement', 30);
      market.advance('AAPL'); // the price of meanwhile is of no interest
    } finally {
      for (const each of paused) each.node.signal('SIGCONT');
    }
    await follows(shares, 'AAPL', 40);
    await moves();
  });
});

describe('in the end', () => {
  it('each round was written once, with a price that was true', async () => {
    for (const [feed, symbol] of [[shares, 'AAPL'], [index, 'SP500']]) {
      const rounds = await feed.rounds();
      assert.deepEqual(rounds.map((each) => each.round), rounds.map((_, position) => position + 1));
      assert.deepEqual(rounds.filter((each) => !market.hasTold(symbol, each.price)), []);
      assert.deepEqual([...new Set(rounds.map((each) => each.author))].sort(),
        accounts.map((each) => each.address).sort(), 'both have had their turns');
    }
  });

  it('nothing is under way, and everybody is healthy', async () => {
    for (const each of publishers) {
      await eventually(async () => {
        const status = await each.status();
        return status.status === 'UP' && status.inFlight === 0 && status.waiting === 0;
      }, 'quiet', 30);
    }
  });
});
