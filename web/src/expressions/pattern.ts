// Regular expressions of forms. Which there may be is checked by the server when a form is
// published (`schemas/expressions/pattern.py`): only what it reads as JavaScript does.

const LONGEST_TEXT = 4_096;
const HALF_A_CHARACTER = /\p{Surrogate}/u;
const known = new Map<string, RegExp | null>();

export function matches(pattern: string, text: string): boolean {
  let compiled = known.get(pattern);
  if (compiled === undefined) {
    compiled = read(pattern);
    known.set(pattern, compiled);
  }
  const isReadable = [...text].length <= LONGEST_TEXT && !HALF_A_CHARACTER.test(text);
  return isReadable && compiled !== null && compiled.test(text);
}

function read(pattern: string): RegExp | null {
  try {
    return new RegExp(`^(?:${pattern})$`, "su");
  } catch {
    return null;
  }
}
