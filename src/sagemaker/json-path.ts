import type { JSONPathNode, JSONPathQuery, JSONValue } from 'json-p3';

import { requireLater } from '../require-later.js';

type JsonP3 = typeof import('json-p3');

/** What a path consists of besides `$`, as far as the service knows it. */
type Kind = 'name' | 'index' | 'slice' | 'wildcard';

/** Of a text: strings in quotes, which stay as they are; a dot before a bracket; and ranges. */
const REWRITTEN =
  /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\.(?=\[)|(?<=[[,]\s*)(-?\d*)\s*:\s*(-?\d*)(?=\s*[\],])/g;

/** What is wrong with a path, or with what it is to select from: a clause. */
export class JsonPathProblem extends Error {}

/**
 * A JSONPath expression, of the subset that batch transforms know (Developer Guide, Associate Prediction Results with Input
 * Records, "Supported JSONPath Operators"): `$`, `.name`, `*`, `['name','name']`, `[0,-1]` and `[1:4]`. As that page has it, a
 * range includes its end: `[1:4]` is the second to the fifth. The page allows a dot before a bracket, `$.a.['b','c']`.
 *
 * A path that leads to one thing selects that. One that ends in several names selects an object of these members; any other
 * one a list.
 */
export class JsonPath {
  readonly text: string;
  readonly #query: JSONPathQuery;
  readonly #kinds: readonly (readonly Kind[])[];
  /** How many it has to select; `undefined` if that depends on what it is given. */
  readonly #count: number | undefined;

  /** @throws {@link JsonPathProblem} */
  constructor(text: string) {
    this.text = text;
    if (!text.startsWith('$')) throw new JsonPathProblem('it has to begin with `$`');
    const library = requireLater('json-p3') as JsonP3;
    try {
      this.#query = library.compile(rewrite(text));
    } catch (error) {
      throw new JsonPathProblem((error as Error).message);
    }
    this.#kinds = this.#query.segments.map((segment) => {
      if (segment.toString().startsWith('..')) throw new JsonPathProblem('`..` is not supported');
      return segment.selectors.map((selector) => kindOf(library, selector));
    });
    if (this.#kinds.some((kinds) => kinds.filter((kind) => kind === 'slice').length > 1))
      throw new JsonPathProblem('only single range filters of format (eg: [1:5]) are supported');
    const isCounted = this.#kinds.flat().every((kind) => kind === 'name' || kind === 'index');
    this.#count = isCounted ? this.#kinds.reduce((count, { length }) => count * length, 1) : undefined;
  }

  /** Whether it selects by position only: all that there is in a row of CSV, and at most once. */
  get isOfRows(): boolean {
    const isByPosition = this.#kinds.flat().every((kind) => kind !== 'name');
    return isByPosition && this.#kinds.length <= 1;
  }

  /** @throws {@link JsonPathProblem} if something that it names is not there */
  select(value: unknown): unknown {
    const { nodes } = this.#query.query(value as JSONValue);
    const { length } = nodes;
    if (length === 0 || (this.#count !== undefined && length < this.#count)) throw nothingThere(this.text);
    const last = this.#kinds.at(-1);
    if (this.#count === 1) return nodes[0]!.value;
    const isObject = last !== undefined && last.every((kind) => kind === 'name') && last.length > 1;
    if (!isObject) return nodes.map((node) => node.value);
    const objects = byParents(nodes).map((members) => Object.fromEntries(members.map(entryOf)));
    return this.#count === undefined ? objects : objects[0];
  }
}

/** What the library reads, which has the standard's ranges. */
function rewrite(text: string): string {
  return text.replace(REWRITTEN, (found, start?: string, end?: string) => {
    if (found === '.') return '';
    if (start === undefined || end === undefined) return found;
    if (end === '-1' || end === '') return `${start}:`;
    return `${start}:${Number(end) + 1}`;
  });
}

function kindOf({ jsonpath: { selectors } }: JsonP3, selector: object): Kind {
  if (selector instanceof selectors.NameSelector) return 'name';
  if (selector instanceof selectors.IndexSelector) return 'index';
  if (selector instanceof selectors.WildcardSelector) return 'wildcard';
  if (selector instanceof selectors.SliceSelector) {
    if (selector.step === undefined || selector.step === 1) return 'slice';
    throw new JsonPathProblem('a range has a start and an end, and no step');
  }
  throw new JsonPathProblem('filters and functions are not supported');
}

/** Those that are members of the same object. */
function byParents(nodes: readonly JSONPathNode[]): JSONPathNode[][] {
  const groups = new Map<string, JSONPathNode[]>();
  for (const node of nodes) {
    const parent = JSON.stringify(node.location.slice(0, -1));
    const group = groups.get(parent);
    if (group === undefined) groups.set(parent, [node]);
    else group.push(node);
  }
  return [...groups.values()];
}

function entryOf({ location, value }: JSONPathNode): [string, JSONValue] {
  return [String(location.at(-1)), value];
}

function nothingThere(path: string): JsonPathProblem {
  return new JsonPathProblem(`what \`${path}\` selects is not there, or not all of it`);
}
