// One database of a server through nano, driven by lines of JSON (lines.mjs).

import { answerLines, CommandError } from './lines.mjs';
import { Readable } from 'node:stream';
import createNano from 'nano';

let server = null;
let database = null;
let follower = null;

/** {"$bytes": base64} are Buffers, at any depth. */
function fromPython(value) {
  if (Array.isArray(value)) return value.map(fromPython);
  if (value === null || typeof value !== 'object') return value;
  if ('$bytes' in value) return Buffer.from(value.$bytes, 'base64');
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, fromPython(one)]));
}

function toPython(value) {
  return Buffer.isBuffer(value) ? { $bytes: value.toString('base64') } : value;
}

/** "attachment.insert" of a database is its function `insert` in its part `attachment`. */
function method(of, path) {
  return path.split('.').reduce((part, name) => part[name], of);
}

/** nano's errors name what happened in `error` and the answer's status in `statusCode`. */
async function told(promise) {
  try {
    return toPython(await promise);
  } catch (error) {
    const { error: name, statusCode: status, message, reason } = error;
    throw Object.assign(new CommandError(name ?? error.name, message), { status, reason });
  }
}

async function collected(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Events of a changes reader, kept until they are asked for. */
class Follower {
  constructor(reader, emitter, event) {
    this.reader = reader;
    this.told = [];
    this.waiting = null;
    this.ended = new Promise((resolve) => emitter.once('end', resolve));
    emitter.on(event, (told) => [told].flat().forEach((row) => this.add(row)));
    emitter.on('error', () => {}); // an outage; the reader goes on by itself
  }

  add(row) {
    this.told.push(row);
    this.waiting?.();
  }

  async next() {
    while (this.told.length === 0) {
      await new Promise((resolve) => (this.waiting = resolve));
    }
    return this.told.shift();
  }
}

answerLines({
  open({ url, name, options }) {
    server = createNano({ url, ...options });
    database = server.use(name);
    return null;
  },
  server: ({ name, arguments: given }) => told(method(server, name)(...fromPython(given))),
  database: ({ name, arguments: given }) => told(method(database, name)(...fromPython(given))),
  /** A function whose answer is a stream, read to its end. */
  stream: ({ name, arguments: given }) => told(collected(method(database, name)(...fromPython(given)))),
  /** An attachment whose content nano is given as a stream of unknown length. */
  insert_stream({ id, name, content, content_type, options }) {
    const chunks = Readable.from(fromPython(content));
    return told(database.attachment.insert(id, name, chunks, content_type, options));
  },
  /** How a changes reader begins: "start" goes on, "get" and "spool" end by themselves. */
  follow({ how, options }) {
    const reader = database.changesReader;
    const event = how === 'spool' ? 'batch' : 'change'; // spooling tells of batches only
    follower = new Follower(reader, reader[how](options), event);
    return null;
  },
  next_change: () => follower.next(),
  /** What is told until the reader ends by itself. */
  async rest() {
    const last_seq = await follower.ended;
    return { rows: follower.told, last_seq };
  },
  stop() {
    follower.reader.stop();
    return follower.ended;
  },
});
