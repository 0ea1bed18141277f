// SPDX-License-Identifier: Apache-2.0
// What stands in a document: its fenced blocks, code within lines, links, headings.
//
// The word behind the three backticks says what a block is, the rest of that line what to do with it (readers
// do not see it):
//   sh                  run, in the order of the document, in one shell for the whole document
//   sh needs: cast      run if there is such a program (or such a file, if it has a slash)
//   sh exit: 1          run; it has to end with that code
//   sh skip: reason     not run; listed with its reason
//   toml file: a.toml   written to that file, before what follows (any language)
// Every other block is only looked at.
import { readFileSync } from 'node:fs';

/** The heading as GitHub's anchor. */
const anchorOf = (heading) => heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');

export function readDocument(path) {
  const document = { path, blocks: [], codes: [], links: [], anchors: new Set() };
  let block;
  let text = '';
  readFileSync(path, 'utf8').split('\n').forEach((line, index) => {
    const fence = /^\s*```(\S*)\s*(.*)$/.exec(line);
    if (fence && !block) {
      const [, language, rest] = fence;
      const [, word, value] = /^(\w+):\s*(.*)$/.exec(rest) ?? [];
      block = { language, [word ?? 'none']: value, line: index + 1, lines: [] };
      if (rest !== '' && !['skip', 'needs', 'exit', 'file'].includes(word))
        throw new Error(`${path}:${index + 1}: ${rest} is none of what support/markdown.mjs lists`);
    } else if (fence) {
      document.blocks.push({ ...block, text: `${block.lines.join('\n')}\n` });
      block = undefined;
    } else if (block) {
      block.lines.push(line);
    } else {
      text += `${line}\n`;
      const heading = /^#+ (.*)$/.exec(line);
      if (heading) document.anchors.add(anchorOf(heading[1]));
    }
  });
  if (block) throw new Error(`${path}:${block.line}: this block does not end`);
  for (const [, code] of text.matchAll(/`([^`]+)`/g)) document.codes.push(code.replaceAll('\n', ' '));
  for (const [, target] of text.replaceAll(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)) document.links.push(target);
  return document;
}
