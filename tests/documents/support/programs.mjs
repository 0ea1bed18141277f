// SPDX-License-Identifier: Apache-2.0
// The programs' options, as their --help says.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const programs = ['meta138', 'meta138-node', 'meta138-signer', 'meta138-oracle', 'meta138-evm'];

const known = new Map();

function helpOf(file, args) {
  const { stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', timeout: 10_000 });
  return stdout + stderr;
}

/** Names of commands within a help text: a list after Commands or Subcommands. */
function commandsOf(text) {
  const list = /^(?:Sub)?[Cc]ommands:?\n((?: {2}.*\n)+)/m.exec(text)?.[1] ?? '';
  return [...list.matchAll(/^ {2}([a-z][\w-]*(?: [a-z][\w-]*)*)/gm)].map(([, name]) => name)
    .filter((name) => !['help', 'version'].includes(name));
}

function collect(file, command, options, depth = 0) {
  const text = helpOf(file, [...command, '--help']);
  for (const [option] of text.matchAll(/--[A-Za-z0-9][\w-]*/g)) options.add(option);
  if (depth < 2) for (const name of commandsOf(text)) collect(file, [...command, ...name.split(' ')], options, depth + 1);
}

/** All options of a program and of its commands. */
export function optionsOf(build, program) {
  if (known.has(program)) return known.get(program);
  const options = new Set(['--help', '--version']);
  const file = join(build, 'apps', program, program);
  if (!existsSync(file)) throw new Error(`${file} is not built`);
  collect(file, [], options, program === 'meta138' ? 0 : 1);
  if (program !== 'meta138') for (const name of commandsOf(helpOf(file, ['--help']))) collect(file, name.split(' '), options, 2);
  if (program === 'meta138-node') for (const [option] of helpOf(file, ['--Xhelp']).matchAll(/--[A-Za-z0-9][\w-]*/g)) options.add(option);
  known.set(program, options);
  return options;
}

/** [program or '', option] of a command line, or of code within a sentence. */
export function optionsIn(line) {
  const found = [];
  for (const part of line.split(/\||&&|;|\$\(/)) {
    const words = part.trim().split(/\s+/).map((word) => word.replace(/^["'`]/, ''));
    const begin = words.findIndex((word) => !/^(\w+=.*|\(|sudo|timeout|\d+|exec|ExecStart=.*)$/.test(word));
    const at = programs.includes(words[begin]?.replace(/^.*\//, '').replace(/^\(/, '')) ? begin : -1;
    const program = at < 0 ? '' : words[at].replace(/^.*\//, '');
    if (at < 0 && !words[0].startsWith('--')) continue; // another program's
    for (const word of words.slice(Math.max(at, 0))) {
      const option = /^--[A-Za-z0-9][\w-]*/.exec(word)?.[0];
      if (option) found.push([program, option]);
    }
  }
  return found;
}
