// SPDX-License-Identifier: Apache-2.0
// README.md, docs/operators and docs/developers, followed to the letter.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readDocument } from './support/markdown.mjs';
import { optionsIn, optionsOf, programs } from './support/programs.mjs';
import { Shell } from './support/shell.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const build = process.env.META138_BUILD;

const folder = (name) => (existsSync(join(root, name)) ? readdirSync(join(root, name)).sort() : [])
  .filter((file) => file.endsWith('.md')).map((file) => join(root, name, file));
const followed = [join(root, 'README.md'), ...folder('docs/operators'), ...folder('docs/developers')].map(readDocument);
const others = ['ARCHITECTURE.md', 'CONTRIBUTING.md', 'contracts/README.md'].map((name) => readDocument(join(root, name)))
  .concat(folder('docs').map(readDocument));
const nameOf = (document) => relative(root, document.path);

describe('what documents say', () => {
  it('links lead somewhere', () => {
    const anchors = new Map([...followed, ...others].map((document) => [document.path, document.anchors]));
    for (const document of [...followed, ...others]) {
      for (const link of document.links) {
        if (/^(https?|mailto):/.test(link)) continue;
        const [file, anchor] = link.split('#');
        const target = file === '' ? document.path : resolve(dirname(document.path), file);
        assert.ok(existsSync(target), `${nameOf(document)}: ${link} is not there`);
        if (anchor !== undefined && target.endsWith('.md'))
          assert.ok((anchors.get(target) ?? readDocument(target).anchors).has(anchor), `${nameOf(document)}: no heading for ${link}`);
      }
    }
  });

  it('files are there', () => {
    for (const document of [...followed, ...others.slice(0, 2)])
      for (const code of document.codes)
        if (/^(apps|bench|cmake|contracts|docs|libs|scripts|services|tests)\/[\w./-]+$/.test(code))
          assert.ok(existsSync(join(root, code)), `${nameOf(document)}: ${code} is not there`);
  });

  it('options are options of the programs', () => {
    for (const document of followed) {
      const lines = document.blocks.filter((block) => ['sh', 'text', ''].includes(block.language))
        .flatMap((block) => block.text.replaceAll('\\\n', ' ').split('\n'));
      for (const [program, option] of [...lines.flatMap((line) => optionsIn(line).filter(([name]) => name !== '')),
        ...document.codes.flatMap(optionsIn)]) {
        const where = program === '' ? programs : [program];
        assert.ok(where.some((name) => optionsOf(build, name).has(option)),
          `${nameOf(document)}: ${option} is no option of ${where.join(', ')}`);
      }
    }
  });

  it('methods and metrics are those of the programs', () => {
    const sources = spawnSync('git', ['-C', root, 'grep', '-hoE', '"[a-zA-Z_]+"', '--', 'libs/*.cpp', 'services/*.cpp', 'libs/*.hpp', 'services/*.hpp'],
      { encoding: 'utf8', maxBuffer: 1 << 28 }).stdout;
    const words = new Set(sources.split('\n').map((word) => word.slice(1, -1)));
    for (const document of followed) {
      for (const code of document.codes) {
        const method = /^((?:eth|net|web3|admin|qbft|txpool|debug|trace|miner|perm|ots)_[A-Za-z]+)$/.exec(code)?.[1];
        if (method) assert.ok(words.has(method), `${nameOf(document)}: there is no method ${method}`);
        const metric = /^(?:besu_[a-z]+|ethereum|meta138|process)_([a-z0-9_]+?)(?:_total)?(?:\{.*\})?$/.exec(code)?.[1];
        if (metric) assert.ok([...words].some((word) => word !== '' && metric.endsWith(word)), `${nameOf(document)}: there is no metric ${code}`);
      }
    }
  });
});

/** A free range: the ports of documents, moved there. */
const base = 12_000 + 10 * Math.floor(Math.random() * 1700);
const moved = (text) => text.replaceAll(/(?<![\w.])(8[5-9]\d\d|9[01]\d\d)(?![\w.]|:)/g,
  (port) => (port < 8545 ? port : String(Number(port) - 8545 + base)))
  .replaceAll(/(?<![\w.])303\d\d(?!\w)/g, (port) => String(Number(port) - 30_300 + base + 700));

describe('commands of documents', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'meta138-documents-'));
  const bin = join(scratch, '.bin');
  const network = join(scratch, 'network');
  const listed = [];

  /** What looks like the folder in which somebody has cloned and built. */
  function prepare() {
    for (const name of spawnSync('git', ['-C', root, 'ls-files'], { encoding: 'utf8' }).stdout.split('\n').map((file) => file.split('/')[0]))
      if (name !== '' && !existsSync(join(scratch, name))) symlinkSync(join(root, name), join(scratch, name));
    mkdirSync(join(scratch, 'build'));
    symlinkSync(build, join(scratch, 'build', 'release'));
    mkdirSync(bin);
    // Everything is built; and the network is made with the ports of this test, and shorter periods.
    writeFileSync(join(bin, 'make'), `#!/bin/bash
set -e
case " $* " in *" up "*) [[ -e network/network.toml ]] ||
  build/release/apps/meta138/meta138 network init --port-base ${base} --block-period 500 --round-timeout 1 ;; esac
exec /usr/bin/make -o build -o programs -o fixtures "$@"
`, { mode: 0o755 });
  }

  const paths = [bin, join(root, 'tests/clients/node_modules/@foundry-rs/cast-linux-amd64/bin')];
  const withPrograms = [...paths, ...programs.map((name) => join(build, 'apps', name))];
  const environment = (folders) => ({ HOME: scratch, LANG: 'C.UTF-8', TMPDIR: tmpdir(), PATH: [...folders, process.env.PATH].join(':') });
  const meta138 = (...args) => spawnSync(join(build, 'apps/meta138/meta138'), ['network', ...args, '--dir', network], { encoding: 'utf8' });
  const isThere = (name) => (name.includes('/') ? existsSync(join(scratch, name))
    : withPrograms.concat(process.env.PATH.split(':')).some((path) => existsSync(join(path, name))));

  prepare();
  const clean = () => {
    if (existsSync(join(network, 'network.toml'))) meta138('destroy', '--yes');
    rmSync(scratch, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => { clean(); process.exit(1); });
  after(() => {
    clean();
    console.log(listed.length === 0 ? 'every command was run' : `not run:\n${listed.map((each) => `  ${each}`).join('\n')}`);
  });

  async function follow(document, shell) {
    for (const block of document.blocks) {
      const where = `${nameOf(document)}:${block.line}`;
      if (block.file !== undefined) {
        mkdirSync(dirname(join(scratch, block.file)), { recursive: true });
        writeFileSync(join(scratch, block.file), moved(block.text), { mode: 0o600 });
      }
      if (block.language !== 'sh') continue;
      const missing = (block.needs ?? '').split(/,\s*/).find((name) => name !== '' && !isThere(name));
      const reason = block.skip ?? (missing && `${missing} is not there`);
      if (reason !== undefined) {
        listed.push(`${where}: ${reason}`);
        continue;
      }
      const start = performance.now();
      const { code, output } = await shell.run(moved(block.text));
      assert.equal(code, Number(block.exit ?? 0), `${where}: exit code ${code}\n${block.text}---\n${output}`);
      assert.doesNotMatch(output, /"error" ?: ?\{|"status":"error"/, `${where}: JSON-RPC refuses\n${block.text}---\n${output}`);
      if (process.env.META138_SHOW) console.log(`${where}\n${moved(block.text)}---\n${output}`);
      const seconds = (performance.now() - start) / 1000;
      if (seconds > 5) console.log(`${where}: ${seconds.toFixed(1)} s`);
    }
  }

  const only = (process.env.META138_DOCUMENTS ?? '').split(' ').filter((name) => name !== '').map((name) => basename(name));
  for (const document of followed) {
    if (!document.blocks.some((block) => block.language === 'sh')) continue;
    if (only.length > 0 && !only.includes(basename(document.path))) continue;
    it(nameOf(document), async () => {
      const isFirst = nameOf(document) === 'README.md';
      if (!isFirst) {
        if (!existsSync(join(network, 'network.toml')))
          meta138('init', '--port-base', String(base), '--block-period', '500', '--round-timeout', '1');
        const { status, stdout, stderr } = meta138('up');
        assert.equal(status, 0, stdout + stderr);
      }
      // Who reads README.md has nothing in PATH yet.
      const shell = new Shell(scratch, environment(isFirst ? paths : withPrograms));
      try {
        await follow(document, shell);
      } finally {
        shell.end();
      }
    });
  }
});
