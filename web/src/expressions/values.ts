// Values of expressions: what is empty, and how one kind is read as another.
//
// The meaning is that of `schemas/expressions/values.py`, rule by rule; both are tried with one table.

export type Row = { readonly [cell: string]: Value };
export type Value = null | boolean | number | string | Row | readonly Value[];

/** What is beyond it counts as not computed: whole numbers are no longer exact there. */
const GREATEST = Number.MAX_SAFE_INTEGER;
const MILLISECONDS = 86_400_000;
const NUMERAL = /^[ \t\n\r\f\v]*-?[0-9]{1,15}(?:\.[0-9]{1,15})?[ \t\n\r\f\v]*$/;
const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
const DATETIME =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?(?:Z|[+-][0-9]{2}:[0-9]{2})$/;

export function isEmpty(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

export function truth(value: Value): boolean {
  return !isEmpty(value) && value !== false && value !== 0;
}

export function number(value: Value): number | null {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number") return isExact(value) ? value : null;
  if (typeof value !== "string") return null;
  return NUMERAL.test(value) ? Number(value) : days(value);
}

/** A computed number as JSON has it; -0 is 0, as it is where whole numbers have no sign. */
export function normal(value: number | null): Value {
  return value === null || !isExact(value) ? null : value === 0 ? 0 : value;
}

export function text(value: Value): string {
  if (value === null) return "";
  if (typeof value === "number") return isExact(value) ? written(value) : "";
  if (typeof value === "boolean" || typeof value === "string") return String(value);
  if (!Array.isArray(value)) return "";
  return value.filter((one) => !isRow(one)).map(text).join(" ");
}

export function equal(one: Value, other: Value): boolean {
  if (isEmpty(one) || isEmpty(other)) return isEmpty(one) && isEmpty(other);
  if (typeof one === "boolean" || typeof other === "boolean") return one === other;
  if (typeof one === "number" || typeof other === "number") {
    const first = number(one);
    return first !== null && first === number(other);
  }
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((entry, at) => equal(entry, other[at]));
  }
  return typeof one === "string" && one === other;
}

export function day(value: Value): string | null {
  const counted = number(value);
  if (counted === null) return null;
  const date = new Date(Math.floor(counted) * MILLISECONDS);
  const year = date.getUTCFullYear();
  return year >= 1 && year <= 9999 ? date.toISOString().slice(0, 10) : null;
}

export function isRow(value: Value): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isExact(value: number): boolean {
  return Math.abs(value) <= GREATEST;
}

function days(value: string): number | null {
  if (DATE.test(value)) return dayNumber(value);
  const told = DATETIME.exec(value);
  if (told === null) return null;
  const [, date = "", hours, minutes, seconds = "0", fraction = ""] = told;
  const [hour, minute, second] = [Number(hours), Number(minutes), Number(seconds)];
  const whole = dayNumber(date);
  if (whole === null || hour > 23 || minute > 59 || second > 59) return null;
  const microseconds = (hour * 3_600 + minute * 60 + second) * 1_000_000 + Number(fraction.padEnd(6, "0"));
  return whole + microseconds / 86_400_000_000;
}

function dayNumber(date: string): number | null {
  const milliseconds = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(milliseconds) || date.startsWith("0000")) return null;
  // It takes the 30th of February for the 2nd of March.
  return new Date(milliseconds).toISOString().slice(0, 10) === date ? milliseconds / MILLISECONDS : null;
}

/** In full, without an exponent. */
function written(value: number): string {
  const [digits = "", exponent] = String(value).split("e-");
  if (exponent === undefined) return digits;
  const sign = digits.startsWith("-") ? "-" : "";
  const mantissa = digits.replace("-", "").replace(".", "");
  return `${sign}0.${"0".repeat(Number(exponent) - 1)}${mantissa}`;
}
