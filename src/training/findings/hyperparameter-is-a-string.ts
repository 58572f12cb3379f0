import { DOCUMENTATION } from './documentation.js';
import type { Evidence, Look } from './finding.js';

/** What Python says to whoever takes a string for a number. */
const STRING_FOR_NUMBER = [
  /'str' object cannot be interpreted as an integer/,
  /can't multiply sequence by non-int of type '(?:str|float)'/,
  /(?:unsupported operand type\(s\) for|not supported between instances of).*'(?:str' and '(?:int|float)|(?:int|float)' and 'str)'/,
  /can only concatenate str \(not "(?:int|float)"\) to str/,
  /must be (?:an? )?(?:int|integer|float|real number|number),? (?:and )?not '?str\b/,
  /Unknown format code '.' for object of type 'str'/,
];

/** What it says of `int('"3"')`: of a number in quotes. */
const QUOTED_NUMBER =
  /(?:invalid literal for int\(\) with base 10|could not convert string to float): '("[\d.e+-]+")'/;

/** Only where a traceback names the hyperparameter: other strings are none of our business. */
export const hyperparameterIsAString: Look = function* (evidence) {
  const found = findHyperparameter(evidence);
  if (found === undefined) return;
  const [key, value] = found;
  yield {
    id: 'hyperparameter-is-a-string',
    seen: `On ${evidence.host} the algorithm took the hyperparameter "${key}" for a number, and failed: ${lastErrorIn(evidence)}`,
    rule: `hyperparameters.json is an object of strings: "${key}" is ${JSON.stringify(value)} there. Convert it.`,
    documentation: DOCUMENTATION.hyperparameters,
  };
};

function findHyperparameter(evidence: Evidence): readonly [key: string, value: string] | undefined {
  const { exit, endedByItself, lastLines, hyperParameters } = evidence;
  if (!endedByItself || exit.code === 0) return undefined;
  const error = lastErrorIn(evidence);
  const entries = Object.entries(hyperParameters);
  const quoted = QUOTED_NUMBER.exec(error)?.[1];
  if (quoted !== undefined) return entries.find(([, value]) => value === quoted);
  if (!STRING_FOR_NUMBER.some((expression) => expression.test(error))) return undefined;
  // The line of the source that it failed in stands before the error, sometimes with a line of `^` in between.
  const at = lastLines.lastIndexOf(error);
  const source =
    lastLines.slice(0, at).findLast((line) => /^ {4}[^ ]/.test(line) && /[^\s~^]/.test(line)) ?? '';
  return entries.find(([key, value]) => isNumber(value) && hasWord(source, key));
}

/** The last line that is an error of Python's. */
function lastErrorIn({ lastLines }: Evidence): string {
  return lastLines.findLast((line) => /^(?:TypeError|ValueError): /.test(line)) ?? '';
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text));
}

function hasWord(text: string, word: string): boolean {
  return text.split(/[^\w.-]+/).some((each) => each === word || each.split(/[.-]/).includes(word));
}
