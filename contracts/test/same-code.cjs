// SPDX-License-Identifier: Apache-2.0
// node same-code.cjs ARTIFACTS FORGE-OUTPUT
//
// forge compiled what it tested by itself: it must be, byte for byte, what build.mjs compiled.
const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

const [, , artifacts, output] = process.argv;
let compared = 0;
for (const { name, creationCode } of JSON.parse(readFileSync(artifacts, 'utf8')).contracts) {
  const path = join(output, `${name}.sol`, `${name}.json`);
  if (!existsSync(path)) throw new Error(`forge did not compile ${name}`);
  if (JSON.parse(readFileSync(path, 'utf8')).bytecode.object !== creationCode)
    throw new Error(`forge made other code of ${name}: do foundry.toml and build.mjs agree?`);
  ++compared;
}
console.log(`forge tested the code that the library has: ${compared} contracts`);
