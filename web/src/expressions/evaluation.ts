// The value of an expression where it stands in a form.
//
// The meaning is that of `schemas/expressions/evaluation.py`. The expressions are those of a published
// form, in which nothing is wrong.

import { OPERATORS } from "./operators.js";
import { type Row, type Value, isEmpty, isRow, truth } from "./values.js";

export type Expression = Value | { readonly [operator: string]: Expression | readonly Expression[] };

/**
 * What an expression sees: the day as YYYY-MM-DD; the document's answers, of which those are empty that are hidden by
 * their condition; and the rows around it, the outermost first, each with all of its cells, the empty ones too.
 */
export interface Scope {
  readonly today: string;
  readonly answers: Row;
  readonly rows: readonly Row[];
}

export function isTrue(expression: Expression, scope: Scope): boolean {
  return truth(valueOf(expression, scope));
}

export function valueOf(expression: Expression, scope: Scope): Value {
  if (typeof expression !== "object" || expression === null) return expression;
  const [name, given] = Object.entries(expression)[0] as [string, Expression | readonly Expression[]];
  const operands = (Array.isArray(given) ? given : [given]) as readonly Expression[];
  switch (name) {
    case "var":
      return variable(String(operands[0]), scope);
    case "and":
      return operands.every((one) => isTrue(one, scope));
    case "or":
      return operands.some((one) => isTrue(one, scope));
    case "if":
      return valueOf(operands[isTrue(operands[0] ?? null, scope) ? 1 : 2] ?? null, scope);
    case "coalesce":
      return first(operands, scope);
    case "today":
      return scope.today;
    default:
      return OPERATORS[name]?.(...operands.map((one) => valueOf(one, scope))) ?? null;
  }
}

function first(operands: readonly Expression[], scope: Scope): Value {
  for (const operand of operands) {
    const value = valueOf(operand, scope);
    if (!isEmpty(value)) return value;
  }
  return null;
}

function variable(path: string, scope: Scope): Value {
  const [name = "", ...cells] = path.split(".");
  const around = [...scope.rows].reverse().concat(scope.answers);
  const found = around.find((one) => Object.hasOwn(one, name));
  let value: Value = found?.[name] ?? null;
  for (const cell of cells) {
    if (isRow(value)) {
      value = Object.hasOwn(value, cell) ? (value[cell] ?? null) : null;
      continue;
    }
    const rows: readonly Value[] = Array.isArray(value) ? value : [];
    value = rows
      .filter(isRow)
      .flatMap((row) => (Object.hasOwn(row, cell) ? (row[cell] ?? null) : null))
      .filter((one) => !isEmpty(one));
  }
  return value;
}
