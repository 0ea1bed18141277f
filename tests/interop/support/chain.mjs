// SPDX-License-Identifier: Apache-2.0
// A QBFT chain with one validator, and the node that validates it.
import { RLP } from '@ethereumjs/rlp';
import { createCustomCommon, Mainnet } from '@ethereumjs/common';
import { bytesToHex, hexToBytes, privateToAddress } from '@ethereumjs/util';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accounts, call, startProgram, temporaryFolder } from '../../clients/support/node.mjs';

export const chainId = 1381;

const validatorKey = new Uint8Array(32).fill(0x42);

/** Besu's form: vanity, validators, no vote, round 0, no seals. */
const extraData = () => bytesToHex(RLP.encode(
  [new Uint8Array(32), [privateToAddress(validatorKey)], [], new Uint8Array(), []]));

export const genesis = (changes = {}) => ({
  config: {
    chainId,
    berlinBlock: 0,
    londonBlock: 0,
    zeroBaseFee: true,
    qbft: { blockperiodseconds: 1, epochlength: 30000, requesttimeoutseconds: 4 },
  },
  nonce: '0x0',
  timestamp: '0x58ee40ba',
  extraData: extraData(),
  gasLimit: '0x1c9c380',
  difficulty: '0x1',
  mixHash: '0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365',
  coinbase: '0x0000000000000000000000000000000000000000',
  alloc: { [accounts[0].address]: { balance: '0x56bc75e2d63100000' } },
  ...changes,
});

/**
 * A validator with these further arguments and changes to its genesis file, on free ports, with what is known
 * of it: `ask` for JSON-RPC, `genesisHash`, and `enode` in parts.
 */
export async function startValidator(args = [], changes = {}) {
  const folder = temporaryFolder();
  const file = (name, content) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const node = await startProgram([
    `--data-path=${join(folder, 'data')}`,
    `--genesis-file=${file('genesis.json', JSON.stringify(genesis(changes)))}`,
    `--node-private-key-file=${file('key', bytesToHex(validatorKey))}`,
    '--rpc-http-enabled', '--rpc-http-port=0', '--rpc-http-api=ETH,NET,WEB3,ADMIN,TXPOOL',
    '--p2p-host=127.0.0.1', '--p2p-interface=127.0.0.1', '--p2p-port=0', '--min-gas-price=0',
    ...args,
  ]);
  try {
    node.ask = (method, ...params) => call(node.http, method, params);
    node.genesisHash = (await node.ask('eth_getBlockByNumber', '0x0', false)).hash;
    const { enode } = await node.ask('admin_nodeInfo');
    const [, id, address, tcpPort, udpPort] =
      /^enode:\/\/([0-9a-f]{128})@([^:]+):(\d+)(?:\?discport=(\d+))?$/.exec(enode);
    node.enode = {
      id: hexToBytes(`0x${id}`), address, tcpPort: Number(tcpPort), udpPort: Number(udpPort ?? tcpPort),
    };
  } catch (error) {
    await node.stop();
    throw error;
  }
  return node;
}

/** The chain as ethereumjs knows it. */
export function commonOf(genesisHash, id = chainId) {
  const common = createCustomCommon(
    {
      name: 'meta138',
      chainId: id,
      hardforks: ['chainstart', 'homestead', 'tangerineWhistle', 'spuriousDragon', 'byzantium',
        'constantinople', 'petersburg', 'istanbul', 'berlin', 'london']
        .map((name) => ({ name, block: 0 })),
    },
    Mainnet,
    { hardfork: 'london' },
  );
  common.setForkHashes(hexToBytes(genesisHash));
  return common;
}

/** Resolves with the first result of `look` that is neither false nor absent. */
export async function until(look, what, milliseconds = 20000) {
  const end = Date.now() + milliseconds;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
