// Revision trees in an unchanged PouchDB, driven by lines of JSON; the folder is that of PouchDB.
//
// A line on standard input is a batch: {"revs_limit", "at_once", "trees": [{"id", "asked": [rev],
// "parts": [[push]]}]}, a push being a document with `_revisions`. Its answer is a line on standard
// output: for each tree, for each of its parts, what PouchDB says once that part is pushed too.

import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const PouchDB = createRequire(join(process.cwd(), 'package.json'))('pouchdb');

/**
 * Notes the revisions that stand in a tree twice: PouchDB leaves copies where a path joins two
 * roots. What the copies know may differ, and either may be forgotten.
 */
async function noteCopies(database, id, twice) {
  const waiting = await promisify(database._getRevisionTree.bind(database))(id);
  const seen = new Set();
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    const [digest, , branches] = node.ids;
    const rev = `${node.pos}-${digest}`;
    (seen.has(rev) ? twice : seen).add(rev);
    waiting.push(...branches.map((ids) => ({ pos: node.pos + 1, ids })));
  }
}

/** Pushes as replications do, the next few of every tree in one request; notes copies. */
async function push(database, trees, part, atOnce) {
  for (let from = 0; trees.some(({ parts }) => from < parts[part].length); from += atOnce) {
    const docs = trees.flatMap(({ parts }) => parts[part].slice(from, from + atOnce));
    const failed = await database.bulkDocs(docs, { new_edits: false });
    if (failed.length > 0) {
      throw new Error(JSON.stringify(failed[0]));
    }
    for (const { id, twice } of trees) {
      await noteCopies(database, id, twice);
    }
  }
}

// PouchDB takes a revision for deleted if the first one that it meets with the same digest is, of
// whatever generation. So a tombstone is known by its body here, and nothing is read as the winner.

async function leaves(database, id) {
  const rows = await database.get(id, { open_revs: 'all' });
  return rows.map(({ ok }) => ({ rev: ok._rev, deleted: ok.tombstone }));
}

async function answers(database, trees) {
  const { rows } = await database.allDocs({ keys: trees.map(({ id }) => id) });
  const asked = Object.fromEntries(trees.map((tree) => [tree.id, tree.asked]));
  const lacking = await database.revsDiff(asked);
  return Promise.all(
    rows.map(async ({ id, value: { rev } }, index) => ({
      winner: rev,
      leaves: await leaves(database, id),
      conflicts: (await database.get(id, { rev, conflicts: true }))._conflicts ?? [],
      missing: lacking[id]?.missing ?? [],
      copies: [...trees[index].twice],
    })),
  );
}

async function tried({ revs_limit, at_once: atOnce, trees: given }) {
  const trees = given.map((tree) => ({ ...tree, twice: new Set() }));
  const folder = await mkdtemp(join(tmpdir(), 'pouchdb-trees-'));
  const database = new PouchDB(join(folder, 'database'), { revs_limit });
  const told = [];
  try {
    for (const part of trees[0].parts.keys()) {
      await push(database, trees, part, atOnce);
      told.push(await answers(database, trees));
    }
  } finally {
    await database.close();
    await rm(folder, { recursive: true });
  }
  return trees.map((_, index) => told.map((part) => part[index]));
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await tried(JSON.parse(line)))}\n`);
}
