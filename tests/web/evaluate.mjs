// Evaluates a table of expressions, which comes in as JSON, with the modules of a build.
//
// node evaluate.mjs FOLDER < table.json: an array of values, in the order of the table.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { valueOf } = await import(pathToFileURL(`${process.argv[2]}/expressions/index.js`));
const values = JSON.parse(readFileSync(0, "utf8")).map(({ expression, scope }) => valueOf(expression, scope));
process.stdout.write(JSON.stringify(values));
