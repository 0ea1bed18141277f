// SPDX-License-Identifier: Apache-2.0
// The genesis file of a QBFT network, as Besu's operators write it.
import assert from 'node:assert/strict';

const MIX_HASH = '0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365';
/** A known key with money: that of the first account of development chains. */
export const funded = {
  address: '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
  key: '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
};

const length = (bytes, offset) => {
  if (bytes.length < 56) return Buffer.from([offset + bytes.length]);
  const size = Buffer.from(bytes.length.toString(16).padStart(2 * Math.ceil(bytes.length.toString(16).length / 2), '0'), 'hex');
  return Buffer.from([offset + 55 + size.length, ...size]);
};

/** RLP of Buffers and lists of them. */
export function rlp(item) {
  if (Array.isArray(item)) {
    const content = Buffer.concat(item.map(rlp));
    return Buffer.concat([length(content, 0xc0), content]);
  }
  if (item.length === 1 && item[0] < 0x80) return item;
  return Buffer.concat([length(item, 0x80), item]);
}

/** The first item of what is well-formed RLP, and how many bytes it takes: a Buffer, or a list of items. */
function decode(input) {
  const [first] = input;
  if (first < 0x80) return { item: input.subarray(0, 1), taken: 1 };
  const isList = first >= 0xc0;
  const short = first - (isList ? 0xc0 : 0x80);
  const sizeBytes = short > 55 ? short - 55 : 0;
  const size = sizeBytes > 0 ? input.readUIntBE(1, sizeBytes) : short;
  const taken = 1 + sizeBytes + size;
  let rest = input.subarray(1 + sizeBytes, taken);
  if (!isList) return { item: rest, taken };
  const items = [];
  while (rest.length > 0) {
    const next = decode(rest);
    items.push(next.item);
    rest = rest.subarray(next.taken);
  }
  return { item: items, taken };
}

const bytes = (hex) => Buffer.from(hex.replace(/^0x/, ''), 'hex');

export const extraData = (validators) => `0x${rlp([
  Buffer.alloc(32), validators.map(bytes), [], Buffer.alloc(0), [],
]).toString('hex')}`;

/** Which protocol a block's extraData is of: no vote is an empty string in IBFT 2, an empty list in QBFT. */
export function protocolOf(block) {
  const [, , vote] = decode(bytes(block.extraData)).item;
  assert.equal(vote.length, 0);
  return Array.isArray(vote) ? 'qbft' : 'ibft2';
}

/** Of IBFT 2. */
const oldExtraData = (validators) => `0x${rlp([
  Buffer.alloc(32), validators.map(bytes), Buffer.alloc(0), Buffer.alloc(4), [],
]).toString('hex')}`;

/** `qbft`: keys of config.qbft in place of the defaults here. */
export function genesis(validators, { qbft = {}, config = {} } = {}) {
  return {
    config: {
      chainId: 1381,
      berlinBlock: 0,
      londonBlock: 0,
      zeroBaseFee: true,
      qbft: { blockperiodseconds: 1, epochlength: 30000, requesttimeoutseconds: 2, ...qbft },
      ...config,
    },
    nonce: '0x0',
    timestamp: '0x58ee40ba',
    gasLimit: '0x1c9c380',
    difficulty: '0x1',
    mixHash: MIX_HASH,
    coinbase: '0x0000000000000000000000000000000000000000',
    baseFeePerGas: '0x0',
    extraData: config.ibft2 ? oldExtraData(validators) : extraData(validators),
    alloc: { [funded.address.slice(2)]: { balance: '0xffffffffffffffffffffff' } },
  };
}
