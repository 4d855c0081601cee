// Conditions and calculations of forms, as `schemas/expressions` defines them.

export { type Expression, type Scope, isTrue, valueOf } from "./evaluation.js";
export type { Row, Value } from "./values.js";
