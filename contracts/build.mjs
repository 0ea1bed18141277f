// SPDX-License-Identifier: Apache-2.0
// node build.mjs DIRECTORY
//
// Compiles src/ and writes what the compiler made of it into DIRECTORY:
//   artifacts.json      for programs and people
//   artifacts.bin       the same values one after the other, for the library of contracts
//   artifact_table.inc  where each of them is in artifacts.bin
//   standard_input.json the compiler's input with every source: what an explorer verifies code by
// The same sources give the same bytes: no timestamps, no paths, no hash of the metadata in the code.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const solc = createRequire(import.meta.url)('solc');

/** What the library has of it. Everything else is a part of one of these, or an interface. */
const published = [
  'Aggregator',
  'FeedProxy',
  'FeedRegistry',
  'IAggregator',
  'MintableToken',
  'Multicall3',
  'SwapFactory',
  'SwapPair',
  'SwapRouter',
  'TimelockController',
  'WETH9',
];

const settings = {
  evmVersion: 'london', // the oldest fork that chains of ours run
  optimizer: { enabled: true, runs: 1_000_000 },
  metadata: { bytecodeHash: 'none', appendCBOR: false },
  outputSelection: {
    '*': {
      '*': [
        'abi',
        'devdoc',
        'userdoc',
        'storageLayout',
        'evm.bytecode.object',
        'evm.deployedBytecode.object',
        'evm.deployedBytecode.immutableReferences',
        'evm.methodIdentifiers',
      ],
    },
  },
};

function ownSources() {
  const names = readdirSync(join(here, 'src'), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.sol'))
    .sort();
  return Object.fromEntries(
    names.map((name) => [`src/${name}`, { content: readFileSync(join(here, 'src', name), 'utf8') }]),
  );
}

const imported = {};

function readImport(path) {
  try {
    const contents = readFileSync(join(here, 'node_modules', path), 'utf8');
    imported[path] = { content: contents };
    return { contents };
  } catch {
    return { error: `${path} is not in contracts/node_modules` };
  }
}

function compile() {
  const input = { language: 'Solidity', sources: ownSources(), settings };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport }));
  const complaints = (output.errors ?? []).filter(
    ({ severity, sourceLocation }) =>
      severity === 'error' || sourceLocation?.file?.startsWith('src/'),
  );
  if (complaints.length > 0) {
    for (const { formattedMessage } of complaints) console.error(`contracts/${formattedMessage}`);
    process.exit(1);
  }
  return output.contracts;
}

/** No immutables to fill in and no constructor: a genesis file may have the code as it is. */
function isPredeployable(contract) {
  const { object, immutableReferences } = contract.evm.deployedBytecode;
  const constructs = contract.abi.some(({ type }) => type === 'constructor');
  return object !== '' && !constructs && Object.keys(immutableReferences ?? {}).length === 0;
}

/** What OpenZeppelin's contracts bring along without a word. */
const othersSilence = new Set(['UPGRADE_INTERFACE_VERSION', 'OwnershipTransferred']);

function signatureOf({ name, inputs }) {
  const types = (list) =>
    list.map(({ type, components }) =>
      components ? type.replace('tuple', `(${types(components)})`) : type,
    );
  return `${name}(${types(inputs)})`;
}

/** Functions, events and errors of ours that have no natspec. */
function undocumented(name, { abi, userdoc, devdoc }) {
  if (name === 'TimelockController') return [];
  const kinds = new Map([
    ['function', 'methods'],
    ['event', 'events'],
    ['error', 'errors'],
  ]);
  return abi
    .filter((item) => kinds.has(item.type) && !othersSilence.has(item.name))
    .filter((item) => {
      const kind = kinds.get(item.type);
      const signature = signatureOf(item);
      return !userdoc[kind]?.[signature] && !devdoc[kind]?.[signature];
    })
    .map((item) => `${name}.${item.name}`);
}

function artifacts(contracts) {
  const all = Object.values(contracts).flatMap((file) => Object.entries(file));
  return published.map((name) => {
    const found = all.filter(([other]) => other === name);
    if (found.length !== 1) throw new Error(`${found.length} contracts are called ${name}`);
    const [, contract] = found[0];
    const silent = undocumented(name, contract);
    if (silent.length > 0) {
      console.error(`contracts: without natspec: ${silent.join(', ')}`);
      process.exit(1);
    }
    return {
      name,
      abi: contract.abi,
      creationCode: `0x${contract.evm.bytecode.object}`,
      runtimeCode: `0x${contract.evm.deployedBytecode.object}`,
      isPredeployable: isPredeployable(contract),
      storageLayout: withoutCompilerIds(contract.storageLayout ?? {}),
      methodIdentifiers: contract.evm.methodIdentifiers ?? {},
      userDocumentation: contract.userdoc,
      developerDocumentation: contract.devdoc,
    };
  });
}

/** astId and the numbers in names of types differ whenever any source does. */
function withoutCompilerIds(layout) {
  const text = JSON.stringify(layout, (key, value) => (key === 'astId' ? undefined : value));
  return JSON.parse(text.replace(/\)\d+_(storage|memory_ptr)/g, ')_$1').replace(/\)\d+"/g, ')"'));
}

function writeWhole(path, content) {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}

function writeBinary(directory, list) {
  const parts = [];
  let size = 0;
  const place = (bytes) => {
    parts.push(bytes);
    size += bytes.length;
    return `{${size - bytes.length}, ${bytes.length}}`;
  };
  const text = (value) => place(Buffer.from(JSON.stringify(value)));
  const code = (value) => place(Buffer.from(value.slice(2), 'hex'));
  const rows = list.map(
    (artifact) =>
      `    {"${artifact.name}", ${text(artifact.abi)}, ${code(artifact.creationCode)}, ` +
      `${code(artifact.runtimeCode)}, ${artifact.isPredeployable}, ` +
      `${text(artifact.storageLayout)}, ${text(artifact.methodIdentifiers)}, ` +
      `${text(artifact.userDocumentation)}, ${text(artifact.developerDocumentation)}},\n`,
  );
  const content = Buffer.concat(parts);
  const digest = createHash('sha256').update(content).digest('hex');
  writeWhole(join(directory, 'artifacts.bin'), content);
  writeWhole(
    join(directory, 'artifact_table.inc'),
    `// Written by contracts/build.mjs. artifacts.bin: sha256 ${digest}\n` +
      `constexpr std::string_view compiler = "${compilerVersion()}";\n` +
      `constexpr std::size_t content_size = ${size};\n` +
      `constexpr std::array<Row, ${list.length}> rows{{\n${rows.join('')}}};\n`,
  );
}

function compilerVersion() {
  return solc.version().replace('.Emscripten.clang', '');
}

const directory = process.argv[2];
if (directory === undefined) {
  console.error('usage: node build.mjs DIRECTORY');
  process.exit(2);
}
mkdirSync(directory, { recursive: true });
const list = artifacts(compile());
writeWhole(
  join(directory, 'artifacts.json'),
  `${JSON.stringify({ compiler: compilerVersion(), settings: { ...settings, outputSelection: undefined }, contracts: list }, null, 1)}\n`,
);
writeBinary(directory, list);
writeWhole(
  join(directory, 'standard_input.json'),
  `${JSON.stringify({ language: 'Solidity', sources: { ...ownSources(), ...imported }, settings }, null, 1)}\n`,
);
const largest = Math.max(...list.map(({ runtimeCode }) => runtimeCode.length / 2 - 1));
console.log(`contracts: ${list.length} compiled, the largest has ${largest} bytes of code`);
