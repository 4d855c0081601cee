// One RxDB database with one collection, replicated with CouchDB's plugin; driven by lines of JSON
// (lines.mjs).

import { answerLines } from './lines.mjs';
import { isDeepStrictEqual } from 'node:util';
import { createRxDatabase } from 'rxdb/plugins/core';
import {
  getFetchWithCouchDBAuthorization,
  replicateCouchDB,
} from 'rxdb/plugins/replication-couchdb';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import { filter, firstValueFrom } from 'rxjs';

const SCHEMA = {
  version: 0,
  type: 'object',
  primaryKey: 'id',
  properties: { id: { type: 'string', maxLength: 100 }, n: { type: 'number' }, text: { type: 'string' } },
};

const tablets = new Map(); // by name; several in one process, apart from each other

/** What a document says, without what RxDB keeps beside it. */
function plain(document) {
  return document === null ? null : document.toJSON();
}

async function document(name, id) {
  return tablets.get(name).documents.findOne(id).exec();
}

answerLines({
  async open({ name }) {
    const database = await createRxDatabase({ name, storage: getRxStorageMemory() });
    const { documents } = await database.addCollections({ documents: { schema: SCHEMA } });
    tablets.set(name, { database, documents });
    return null;
  },
  async close({ name }) {
    await tablets.get(name).database.close();
    tablets.delete(name);
    return null;
  },

  /** Answers when both directions have done what was there. */
  async replicate({ name, url, username, password, options }) {
    const tablet = tablets.get(name);
    tablet.errors = [];
    tablet.replication = replicateCouchDB({
      replicationIdentifier: `${name}-${url}`,
      collection: tablet.documents,
      url,
      fetch: getFetchWithCouchDBAuthorization(username, password),
      pull: { batchSize: 20 },
      push: { batchSize: 20 },
      live: true, // told nothing, it would push live and pull but once
      waitForLeadership: false,
      ...options,
    });
    tablet.replication.error$.subscribe((error) => tablet.errors.push(String(error.code ?? error)));
    await tablet.replication.awaitInitialReplication();
    return null;
  },
  async in_sync({ name }) {
    await tablets.get(name).replication.awaitInSync();
    return tablets.get(name).errors;
  },
  errors: ({ name }) => tablets.get(name).errors,

  async insert({ name, documents }) {
    const { success, error } = await tablets.get(name).documents.bulkInsert(documents);
    return { written: success.length, failed: error.length };
  },
  async patch({ name, id, changes }) {
    return plain(await (await document(name, id)).incrementalPatch(changes));
  },
  async remove({ name, id }) {
    await (await document(name, id)).incrementalRemove();
    return null;
  },
  get: async ({ name, id }) => plain(await document(name, id)),
  all: async ({ name }) => (await tablets.get(name).documents.find().exec()).map(plain),
  /** The document as soon as it is as expected; null is one that is not there. */
  async wait_for({ name, id, expected }) {
    const seen = tablets.get(name).documents.findOne(id).$;
    await firstValueFrom(seen.pipe(filter((one) => isDeepStrictEqual(plain(one), expected))));
    return null;
  },
});
