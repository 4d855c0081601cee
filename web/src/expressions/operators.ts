// The operators that look at all of their operands: what each makes of their values.
//
// The meaning is that of `schemas/expressions/operators.py`; what cannot be computed is null.

import { matches } from "./pattern.js";
import { type Value, day, equal, isEmpty, normal, number, text, truth } from "./values.js";

type Operator = (...operands: Value[]) => Value;

function compared(holds: (one: number, other: number) => boolean): Operator {
  return (one = null, other = null) => {
    const [first, second] = [number(one), number(other)];
    return first !== null && second !== null && holds(first, second);
  };
}

function computed(compute: (...numbers: number[]) => number | null): Operator {
  return (...operands) => {
    const numbers = operands.map(number);
    return numbers.includes(null) ? null : normal(compute(...(numbers as number[])));
  };
}

function ofAll(compute: (numbers: number[]) => number | null): Operator {
  return (...operands) => {
    const numbers = operands.flatMap(listed).filter((one) => !isEmpty(one)).map(number);
    return numbers.includes(null) ? null : normal(compute(numbers as number[]));
  };
}

function summed(numbers: number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function extreme(numbers: number[], isMore: (one: number, found: number) => boolean): number | null {
  return numbers.reduce<number | null>((found, one) => (found === null || isMore(one, found) ? one : found), null);
}

function rounded(value: number, places = 0): number | null {
  if (!Number.isInteger(places) || Math.abs(places) > 9) return null;
  const scale = 10 ** Math.abs(places);
  const scaled = places >= 0 ? value * scale : value / scale;
  const below = Math.floor(scaled);
  const nearest = below + (scaled - below >= 0.5 ? 1 : 0);
  return places >= 0 ? nearest / scale : nearest * scale;
}

/** The parts of a text between blanks, which are those of XML. */
function words(value: string): string[] {
  return value.split(/[ \t\r\n]+/).filter((part) => part !== "");
}

function listed(value: Value): readonly Value[] {
  if (Array.isArray(value)) return value;
  return isEmpty(value) ? [] : [value];
}

export const OPERATORS: { readonly [name: string]: Operator } = {
  "!": (one = null) => !truth(one),
  "==": (one = null, other = null) => equal(one, other),
  "!=": (one = null, other = null) => !equal(one, other),
  "<": compared((one, other) => one < other),
  "<=": compared((one, other) => one <= other),
  ">": compared((one, other) => one > other),
  ">=": compared((one, other) => one >= other),
  "+": computed((...numbers) => summed(numbers)),
  "-": computed((one = 0, other) => (other === undefined ? -one : one - other)),
  "*": computed((...numbers) => numbers.reduce((product, one) => product * one, 1)),
  "/": computed((one = 0, other = 0) => (other === 0 ? null : one / other)),
  "%": computed((one = 0, other = 0) => (other === 0 ? null : one % other)),
  int: computed((one = 0) => Math.trunc(one)),
  round: computed((value = 0, places = 0) => rounded(value, places)),
  sum: ofAll(summed),
  min: ofAll((numbers) => extreme(numbers, (one, least) => one < least)),
  max: ofAll((numbers) => extreme(numbers, (one, greatest) => one > greatest)),
  count: (one = null) => listed(one).length,
  selected: (value = null, told = null) => {
    const code = typeof told === "string" ? words(told).join(" ") : told;
    const chosen = typeof value === "string" ? words(value) : listed(value);
    return !isEmpty(code) && chosen.some((one) => equal(one, code));
  },
  regex: (value = null, pattern = null) => typeof pattern === "string" && matches(pattern, text(value)),
  concat: (...operands) => operands.map(text).join(""),
  length: (one = null) => [...text(one)].length,
  date: (one = null) => day(one),
};
