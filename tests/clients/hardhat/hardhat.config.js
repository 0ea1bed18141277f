// SPDX-License-Identifier: Apache-2.0
import hardhatEthers from '@nomicfoundation/hardhat-ethers';
import hardhatNetworkHelpers from '@nomicfoundation/hardhat-network-helpers';
import hardhatNodeTestRunner from '@nomicfoundation/hardhat-node-test-runner';
import { fileURLToPath } from 'node:url';

export default {
  plugins: [hardhatEthers, hardhatNetworkHelpers, hardhatNodeTestRunner],
  solidity: {
    version: '0.8.37',
    path: fileURLToPath(new URL('../node_modules/solc/soljson.js', import.meta.url)),
  },
  networks: {
    meta138: { type: 'http', chainType: 'l1', url: process.env.META138_URL ?? 'http://127.0.0.1:8545' },
  },
};
