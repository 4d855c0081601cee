// An unchanged PouchDB that syncs both ways over a link that can be cut at a chosen request; the
// folder is that of an installed stock tablet, whose lines.mjs tells how commands come in.

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const installed = (name) => join(process.cwd(), name);
const PouchDB = createRequire(installed('package.json'))('pouchdb');
const { answerLines, described } = await import(pathToFileURL(installed('lines.mjs')));

// PouchDB asks the source for its info after each batch and waits for no answer.
process.on('unhandledRejection', (error) => console.error('unhandled:', error));

let database = null;
let requests = 0;

/** PouchDB's own `fetch`, on a link that is gone from the n-th request on, or before its answer. */
function linkCut(at, isHeard) {
  return async (url, options) => {
    requests += 1;
    const isGone = at !== null && requests >= at;
    if (isGone && !(isHeard && requests === at)) {
      throw new TypeError('the link is cut');
    }
    const response = await PouchDB.fetch(url, options);
    if (isGone) {
      await response.text(); // it has reached the server, and all of its work is done
      throw new TypeError('the link is cut');
    }
    return response;
  };
}

async function finished(replication) {
  const denied = [];
  replication.on('denied', (row) => denied.push(row.doc?.id ?? row.id));
  try {
    const { docs_read: read } = await replication;
    return { denied, read, failure: null };
  } catch (error) {
    return { denied, read: null, failure: described(error) };
  }
}

async function leaves(id) {
  try {
    const rows = await database.get(id, { open_revs: 'all' });
    return rows.filter(({ ok }) => ok).map(({ ok }) => ok);
  } catch (error) {
    if (error.status === 404) {
      return [];
    }
    throw error;
  }
}

answerLines({
  async open({ path }) {
    await database?.destroy();
    database = new PouchDB(path);
    return (await database.info()).adapter;
  },
  async put({ document }) {
    return (await database.put(document)).rev;
  },
  async shown() {
    return (await database.allDocs()).rows.map(({ id }) => id);
  },
  /** Of each document its leaves, and the revision that PouchDB shows; null where it shows none. */
  async held({ ids }) {
    const { rows } = await database.allDocs({ keys: ids });
    const shown = (row) => (row.value && !row.value.deleted ? row.value.rev : null);
    return Promise.all(
      rows.map(async (row) => ({ id: row.key, shown: shown(row), leaves: await leaves(row.key) })),
    );
  },
  async sync({ url, auth, options, cut_at: at, is_heard: isHeard }) {
    requests = 0;
    const other = new PouchDB(url, { auth, fetch: linkCut(at, isHeard), skip_setup: true });
    try {
      const both = database.sync(other, options);
      both.catch(() => {}); // the direction that failed says so below
      const [push, pull] = await Promise.all([finished(both.push), finished(both.pull)]);
      return { push, pull, requests };
    } finally {
      await other.close();
    }
  },
});
