// SPDX-License-Identifier: Apache-2.0
// Prints, as JSON, the creation code of the standard contracts as packages of others ship it.
import { createRequire } from 'node:module';
import { multicall3Bytecode } from './node_modules/viem/_esm/constants/contracts.js';

const require = createRequire(import.meta.url);
const weth9 = require('canonical-weth/build/contracts/WETH9.json');

console.log(JSON.stringify({ WETH9: weth9.bytecode, Multicall3: multicall3Bytecode }));
