// One stock PouchDB database, driven by lines of JSON (lines.mjs). Nothing here changes how PouchDB
// replicates: the server has to satisfy the library as it is published.

import { answerLines, CommandError, described } from './lines.mjs';
import { isDeepStrictEqual } from 'node:util';
import PouchDB from 'pouchdb';

// PouchDB asks the source for its info after each batch and waits for no answer. When the link is cut
// there, nothing handles that failure; the replication itself reports the cut by its own error.
process.on('unhandledRejection', (error) => console.error('unhandled:', error));

let database = null;
const live = { pull: null, push: null };

function openDatabase() {
  if (database === null) {
    throw new CommandError('not_open', 'no database is open');
  }
  return database;
}

// ---- Answers ----

function plainRows(rows) {
  return rows.map((row) => (row.error ? described(row) : row));
}

function plainResult(result) {
  return { ...result, errors: result.errors.map(described) };
}

// ---- Replication ----

/**
 * A database at the other end: an address with credentials kept apart from it, or a local folder. It
 * gets the options of the replication too, as it does when PouchDB itself is given an address.
 */
function otherEnd({ url, auth, options }) {
  return new PouchDB(url, auth ? { ...options, auth } : { ...options });
}

function collectDenied(replication) {
  const denied = [];
  replication.on('denied', (row) => denied.push(described(row)));
  return denied;
}

/** The result of a replication that ends by itself; a failure carries what had been denied until then. */
async function finished(replication, denied) {
  try {
    return { ...plainResult(await replication), denied };
  } catch (error) {
    throw Object.assign(error, { denied, result: error.result && plainResult(error.result) });
  }
}

async function replicate(start, given, signal) {
  const other = otherEnd(given);
  try {
    const replication = start(other);
    signal.addEventListener('abort', () => replication.cancel());
    return await finished(replication, collectDenied(replication));
  } finally {
    await other.close();
  }
}

async function sync(given, signal) {
  const other = otherEnd(given);
  try {
    const both = openDatabase().sync(other, given.options);
    both.catch(() => {}); // the direction that failed says so below, with what was denied in it
    signal.addEventListener('abort', () => both.cancel());
    const [push, pull] = await Promise.all([
      finished(both.push, collectDenied(both.push)),
      finished(both.pull, collectDenied(both.pull)),
    ]);
    return { push, pull };
  } finally {
    await other.close();
  }
}

// ---- Live ----

/** Answers when all is done and PouchDB waits for news; fails when the replication ends before that. */
async function startLive(direction, given, signal) {
  if (live[direction] !== null) {
    throw new CommandError('already_live', `a live ${direction} is running`);
  }
  const other = otherEnd(given);
  const { from, to } = openDatabase().replicate;
  const replication = (direction === 'pull' ? from : to)(other, { ...given.options, live: true });
  const ended = finished(replication, collectDenied(replication)).finally(() => other.close());
  ended.catch(() => {}); // told to whoever waits for a document, and by the stop command
  const drained = new Promise((resolve) => {
    replication.on('paused', (error) => error === undefined && resolve(null));
  });
  live[direction] = { replication, ended };
  signal.addEventListener('abort', () => replication.cancel());
  try {
    return await Promise.race([drained, ended]);
  } catch (error) {
    live[direction] = null;
    throw error;
  }
}

async function stopLive(direction) {
  if (live[direction] === null) {
    throw new CommandError('not_live', `no live ${direction} is running`);
  }
  const { replication, ended } = live[direction];
  live[direction] = null;
  replication.cancel();
  return ended;
}

function valueAt(document, path) {
  return path.split('.').reduce((value, name) => value?.[name], document) ?? null;
}

function fits(document, where) {
  return Object.entries(where).every(([path, value]) =>
    isDeepStrictEqual(valueAt(document, path), value),
  );
}

/** A wait on a live pull that fails would wait for nothing: the pull's failure is the wait's. */
function livePullLost() {
  return live.pull === null ? [] : [live.pull.ended.then(() => new Promise(() => {}))];
}

/** The document as soon as it fits; what is already there is replayed by the feed, so nothing is missed. */
function documentThatFits({ id, where }, signal) {
  const feed = openDatabase().changes({
    since: 0, live: true, doc_ids: [id], include_docs: true, conflicts: true,
  });
  signal.addEventListener('abort', () => feed.cancel());
  const seen = new Promise((resolve, reject) => {
    feed.on('change', ({ doc }) => fits(doc, where) && resolve(doc));
    feed.on('error', reject);
  });
  return Promise.race([seen, ...livePullLost()]).finally(() => feed.cancel());
}

// ---- Commands ----

const commands = {
  async open({ path, options }) {
    if (database !== null) {
      throw new CommandError('already_open', 'a database is open');
    }
    const opened = new PouchDB(path, options);
    await opened.info(); // a constructor says nothing of a folder that is locked or missing
    database = opened;
    return { adapter: opened.adapter, version: PouchDB.version };
  },
  async close() {
    await openDatabase().close();
    database = null;
    return null;
  },
  async destroy() {
    await openDatabase().destroy();
    database = null;
    return null;
  },

  info: () => openDatabase().info(),
  get: ({ id, options }) => openDatabase().get(id, options),
  put: ({ document, options }) => openDatabase().put(document, options),
  remove: ({ id, rev }) => openDatabase().remove(id, rev),
  all_docs: ({ options }) => openDatabase().allDocs(options),
  changes: ({ options }) => openDatabase().changes(options),
  async bulk_docs({ documents, options }) {
    return plainRows(await openDatabase().bulkDocs(documents, options));
  },
  put_attachment({ id, name, rev, data, content_type }) {
    return openDatabase().putAttachment(id, name, rev, Buffer.from(data, 'base64'), content_type);
  },
  async get_attachment({ id, name, options }) {
    return (await openDatabase().getAttachment(id, name, options)).toString('base64');
  },

  push(given, signal) {
    return replicate((other) => openDatabase().replicate.to(other, given.options), given, signal);
  },
  pull(given, signal) {
    return replicate((other) => openDatabase().replicate.from(other, given.options), given, signal);
  },
  sync,
  start_live_pull: (given, signal) => startLive('pull', given, signal),
  stop_live_pull: () => stopLive('pull'),
  start_live_push: (given, signal) => startLive('push', given, signal),
  stop_live_push: () => stopLive('push'),
  wait_for: documentThatFits,
};

answerLines(commands);
