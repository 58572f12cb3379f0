import { didYouMean } from '../options/did-you-mean.js';
import { isPropertyObject } from '../options/read-options.js';
import { printableLine } from '../printable.js';
import { checkScalar, rangeOf, type Violation } from './check-scalar.js';
import {
  entryPath,
  memberPath,
  missing,
  Problems,
  refused,
  shorten,
  unexpected,
  unreadable,
} from './problems.js';
import type { ListShape, MapShape, Shape, StructureShape } from './shape.js';
import { type ShapeName, SHAPES } from './shapes.js';

/** What is different here from what AWS's model says. */
export interface Exceptions {
  /** Which members may be left out, although they are required: asked by their paths. */
  readonly isOptional?: (path: string) => boolean;
  /** What stands in for the model's check of a shape without members. */
  readonly instead?: Readonly<Partial<Record<ShapeName, ReadScalar>>>;
}

/** Makes of the value at a path what is to be in the copy, or says what is wrong with it. */
export type ReadScalar = (value: unknown, path: string) => { readonly value: unknown } | Violation;

/** What was read of a value. */
export interface Validated {
  /**
   * A copy: everything read once, nothing inherited, and without what is `null`, which counts as left out. Where the
   * value is wrong, the copy has something of the right kind without content, or the text or number that it is, so that
   * rules about several members see which ones are given.
   */
  readonly value: unknown;
  readonly problems: Problems;
}

/** Holds a value against AWS's model, and finds everything that is wrong with it. Takes whatever it is given. */
export function validate(name: ShapeName, value: unknown, exceptions: Exceptions = {}): Validated {
  const problems = new Problems();
  const reader = new Reader(problems, exceptions);
  return { value: reader.read(name, value, ''), problems };
}

class Reader {
  readonly #problems: Problems;
  readonly #exceptions: Exceptions;

  constructor(problems: Problems, exceptions: Exceptions) {
    this.#problems = problems;
    this.#exceptions = exceptions;
  }

  read(name: string, value: unknown, path: string): unknown {
    const shape: Shape = SHAPES[name as ShapeName];
    switch (shape.type) {
      case 'structure':
        return this.#readStructure(name, shape, value, path);
      case 'list':
        return this.#readList(shape, value, path);
      case 'map':
        return this.#readMap(shape, value, path);
      default: {
        const instead = this.#exceptions.instead?.[name as ShapeName];
        const result = instead?.(value, path) ?? checkScalar(shape, value) ?? { value };
        if ('value' in result) return result.value;
        this.#problems.add(() => unexpected(path, value, result.rule, result.advice));
        return typeof value === 'string' || typeof value === 'number' ? value : NOTHING;
      }
    }
  }

  #readStructure(name: string, shape: StructureShape, value: unknown, path: string): unknown {
    const names = this.#keysOf(value, path);
    if (names === undefined) return {};
    const given = new Set(names);
    const copy: Record<string, unknown> = {};
    for (const [member, memberShape] of Object.entries(shape.members)) {
      const at = memberPath(path, member);
      const each = given.has(member) ? this.#get(value, member, at) : undefined;
      if (each !== undefined && each !== null) {
        copy[member] = each === UNREADABLE ? blank(memberShape) : this.read(memberShape, each, at);
      } else if (shape.required?.includes(member) && !this.#exceptions.isOptional?.(at)) {
        this.#problems.add(() => missing(at));
      }
    }
    for (const each of names) {
      if (!Object.hasOwn(shape.members, each)) this.#refuseUnknown(name, shape, value, each, path);
    }
    return copy;
  }

  #refuseUnknown(name: string, shape: StructureShape, value: unknown, unknown: string, path: string): void {
    this.#problems.add(() => {
      const members = Object.keys(shape.members);
      const at = memberPath(path, printableLine(shorten(unknown)));
      const known = `${didYouMean(unknown.slice(0, 64), members)} Its fields are ${members.join(', ')}.`;
      let content: unknown;
      try {
        content = (value as Record<string, unknown>)[unknown];
      } catch {
        content = undefined;
      }
      return refused(at, content, `${name} has no such field.${known}`);
    });
  }

  #readList({ member, min = 0, max = Infinity }: ListShape, value: unknown, path: string): unknown {
    const length = lengthOf(value);
    if (length === undefined) {
      this.#problems.add(() => unexpected(path, value, 'a list'));
      return [];
    }
    if (length < min || length > max) {
      const rule = `a list of ${rangeOf(min, max)} (it has ${length})`;
      this.#problems.add(() => unexpected(path, value, rule));
    }
    const copy: unknown[] = [];
    for (let index = 0; index < Math.min(length, max); index++) {
      const at = `${path}[${index}]`;
      const each = this.#get(value, index, at);
      // A hole among others is a mistake: one SDK would leave it out, another one refuses it.
      if (each === undefined || each === null) this.#problems.add(() => missing(at));
      else copy.push(each === UNREADABLE ? blank(member) : this.read(member, each, at));
    }
    return copy;
  }

  #readMap(shape: MapShape, value: unknown, path: string): unknown {
    const { min = 0, max = Infinity } = shape;
    const keys = this.#keysOf(value, path);
    if (keys === undefined) return {};
    if (keys.length < min || keys.length > max) {
      const rule = `an object of ${rangeOf(min, max)} entries (it has ${keys.length})`;
      this.#problems.add(() => unexpected(path, value, rule));
    }
    const entries: [string, unknown][] = [];
    for (const key of keys.slice(0, max)) {
      const at = entryPath(path, key);
      const each = this.#get(value, key, at);
      if (each === undefined || each === null) continue;
      const violation = checkScalar(SHAPES[shape.key as 'ConfigKey'], key);
      if (violation) {
        this.#problems.add(() => {
          const problem = unexpected(at, key, violation.rule, violation.advice);
          return { ...problem, message: `The key of ${problem.message}` };
        });
      }
      entries.push([key, each === UNREADABLE ? NOTHING : this.read(shape.value, each, at)]);
    }
    return Object.fromEntries(entries); // also `__proto__` is a key like any other then
  }

  /** The keys of an object of properties; of anything else `undefined`, and a problem. */
  #keysOf(value: unknown, path: string): string[] | undefined {
    try {
      if (isPropertyObject(value)) return Object.keys(value as object);
    } catch (error) {
      this.#problems.add(() => unreadable(path, error));
      return undefined;
    }
    this.#problems.add(() => unexpected(path, value, 'an object'));
    return undefined;
  }

  /** One property, which may be a getter that throws. */
  #get(value: unknown, key: string | number, path: string): unknown {
    try {
      return (value as Record<string | number, unknown>)[key];
    } catch (error) {
      this.#problems.add(() => unreadable(path, error));
      return UNREADABLE;
    }
  }
}

const UNREADABLE = Symbol('unreadable');

/** In the place of what is wrong: equal to nothing, and neither less nor more, so that no rule finds fault with it again. */
const NOTHING = NaN;

/** What has the right kind, and no content. */
function blank(name: string): unknown {
  const { type }: Shape = SHAPES[name as ShapeName];
  if (type === 'list') return [];
  return type === 'structure' || type === 'map' ? {} : NOTHING;
}

/** How long a list is; `undefined` if it is none, or one that throws. */
function lengthOf(value: unknown): number | undefined {
  try {
    return Array.isArray(value) ? value.length : undefined;
  } catch {
    return undefined;
  }
}
