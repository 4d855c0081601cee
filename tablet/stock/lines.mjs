// Commands as lines of JSON, for a Node process that Python drives (process.py).
//
// A command is a line on standard input, {"id", "command", "arguments", "limit_ms"}; its answer is a
// line on standard output, {"id", "ok"} or {"id", "error": {name, status, message, reason}}.

import { createInterface } from 'node:readline';

// Standard output belongs to the answers; whatever a library prints goes to standard error.
globalThis.console = new console.Console(process.stderr);

export class CommandError extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

/** What of an error can be told: libraries' rows and errors carry stacks, which nobody wants on a line. */
export function described(error) {
  const { code, name, status, message, reason, result, denied, id } = error;
  return { id, name: code ?? name, status, message, reason, result, denied };
}

function pastLimit(signal, command) {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () =>
      reject(new CommandError('timeout', `${command} did not end within its time limit`)),
    );
  });
}

/** The limit is the command's alone: it is lifted at its end, for what it started may outlive it. */
async function answer(commands, { id, command, arguments: given, limit_ms: limit }) {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), limit);
  const late = pastLimit(deadline.signal, command);
  try {
    return { id, ok: await Promise.race([late, commands[command](given, deadline.signal)]) };
  } catch (error) {
    return { id, error: described(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** Answers each line with the command of its name, a function of the arguments and an abort signal. */
export function answerLines(commands) {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', async (line) => {
    process.stdout.write(`${JSON.stringify(await answer(commands, JSON.parse(line)))}\n`);
  });
  lines.on('close', () => process.exit(0));
}
