// Writes what src/sagemaker/ knows of AWS's requests, from AWS's own model of the API:
//
//     npx tsx scripts/generate-sagemaker.ts [../shared/aws/sagemaker.json]
//
// The model is in botocore (Apache-2.0), as data/sagemaker/2017-07-24/service-2.json.gz; what is read here may also be
// an excerpt of it.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { format, resolveConfig } from 'prettier';

/** The operations whose requests are read here, some of them by what is still to come. */
const OPERATIONS = [
  'CreateTrainingJob',
  'CreateModel',
  'CreateEndpointConfig',
  'CreateEndpoint',
  'CreateTransformJob',
];

/** The operation whose request has types. */
const TYPED = 'CreateTrainingJob';

/** Shapes that have a type of ours already, described at greater length than the model can. */
const WRITTEN_BY_HAND: Readonly<Record<string, string>> = { Channel: 'ChannelDefinition' };

const DEFAULT_MODEL = '../shared/aws/sagemaker.json';

/** What is used of a model. */
export interface Model {
  readonly operations: Readonly<Record<string, { readonly input: Reference }>>;
  readonly shapes: Readonly<Record<string, ModelShape>>;
}

interface Reference {
  readonly shape: string;
}

interface ModelShape {
  readonly type: string;
  readonly members?: Readonly<Record<string, Reference>>;
  readonly required?: readonly string[];
  readonly member?: Reference;
  readonly key?: Reference;
  readonly value?: Reference;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly min?: number;
  readonly max?: number;
}

/** The files that a model makes, by their names in src/sagemaker/. */
export async function generate(model: Model): Promise<ReadonlyMap<string, string>> {
  const inputs = OPERATIONS.map((operation) => inputOf(model, operation));
  const files = new Map([
    ['shapes.ts', tableOf(model, reachable(model, inputs))],
    ['create-training-job.ts', typesOf(model, reachable(model, [inputOf(model, TYPED)], WRITTEN_BY_HAND))],
  ]);
  const written = new Map<string, string>();
  for (const [name, text] of files) {
    const path = fileURLToPath(target(name));
    written.set(name, await format(text, { ...(await resolveConfig(path)), filepath: path }));
  }
  return written;
}

function inputOf(model: Model, operation: string): string {
  const found = model.operations[operation];
  if (found === undefined) throw new Error(`The model has no operation ${operation}.`);
  return found.input.shape;
}

/** The names of these shapes and of all that they refer to, sorted; but for what is only referred to by `except`. */
function reachable(model: Model, roots: readonly string[], except: object = {}): string[] {
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name) || Object.hasOwn(except, name)) return;
    found.add(name);
    const { members, member, key, value } = shapeOf(model, name);
    for (const reference of [...Object.values(members ?? {}), member, key, value])
      if (reference !== undefined) visit(reference.shape);
  };
  roots.forEach(visit);
  return [...found].sort();
}

function shapeOf(model: Model, name: string): ModelShape {
  const shape = model.shapes[name];
  if (shape === undefined) throw new Error(`The model has no shape ${name}.`);
  return shape;
}

const HEADER = `// Generated from AWS's model of the API (botocore, Apache-2.0) by scripts/generate-sagemaker.ts: change it there, and
// run \`npx tsx scripts/generate-sagemaker.ts MODEL\`.
`;

function tableOf(model: Model, names: readonly string[]): string {
  const lines = names.map((name) => `  ${name}: ${literal(compact(shapeOf(model, name)))},`);
  return `${HEADER}
import type { Shape } from './shape.js';

/** The requests of ${OPERATIONS.join(', ')}, and all that they consist of. */
// prettier-ignore
export const SHAPES = {
${lines.join('\n')}
} satisfies Readonly<Record<string, Shape>>;

export type ShapeName = keyof typeof SHAPES;
`;
}

/** What the validator uses of a shape. */
function compact(shape: ModelShape): object {
  const { type, required, members, member, key, value, enum: values, pattern, min, max } = shape;
  const limits = {
    // A string or a list cannot have fewer than none; a number may be negative.
    ...(min === undefined || (min === 0 && !isNumber(type)) ? {} : { min }),
    ...(max === undefined ? {} : { max }),
  };
  switch (type) {
    case 'structure':
      return {
        type,
        ...(required?.length ? { required } : {}),
        members: Object.fromEntries(
          Object.entries(members ?? {}).map(([name, reference]) => [name, reference.shape]),
        ),
      };
    case 'list':
      return { type, member: member!.shape, ...limits };
    case 'map':
      return { type, key: key!.shape, value: value!.shape, ...limits };
    case 'string':
      return { type, ...(values ? { enum: values } : {}), ...(pattern ? { pattern } : {}), ...limits };
    case 'boolean':
      return { type };
    default:
      if (isNumber(type)) return { type, ...limits };
      throw new Error(`There is no validator for shapes of the type ${type}.`);
  }
}

function isNumber(type: string): boolean {
  return ['integer', 'long', 'float'].includes(type);
}

/** As JavaScript, on one line. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([name, each]) => `${name}: ${literal(each)}`)
      .join(', ')} }`;
  }
  return typeof value === 'string' ? quoted(value) : String(value);
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

function typesOf(model: Model, names: readonly string[]): string {
  const declarations = names.map((name) => declarationOf(model, name)).filter((each) => each !== undefined);
  return `${HEADER}
import type { ChannelDefinition, OneOf } from './channel-definition.js';

${declarations.join('\n\n')}
`;
}

/** Structures and sets of values have types of their own; what the others are is said where they are used. */
function declarationOf(model: Model, name: string): string | undefined {
  const { type, members, required, enum: values } = shapeOf(model, name);
  if (type === 'string' && values !== undefined) {
    const declaration = `export type ${name} = OneOf<${values.map(quoted).join(' | ')}>;`;
    const isLong = declaration.length > 110;
    return `/** ${name} of AWS's API. */\n${isLong ? '// prettier-ignore\n' : ''}${declaration}`;
  }
  if (type !== 'structure') return undefined;
  const lines = Object.entries(members ?? {}).map(([member, reference]) => {
    const isRequired = required?.includes(member) === true;
    const rules = [isRequired ? 'Required.' : '', ruleOf(model, reference.shape)].filter(
      (each) => each !== '',
    );
    return `  /** ${rules.join(' ')} */
  readonly ${member}${isRequired ? '' : '?'}: ${typeOf(model, reference.shape)} | undefined;`;
  });
  return `/** ${name} of AWS's API. */\nexport interface ${name} {\n${lines.join('\n')}\n}`;
}

function typeOf(model: Model, name: string): string {
  if (Object.hasOwn(WRITTEN_BY_HAND, name)) return WRITTEN_BY_HAND[name]!;
  const { type, member, value, enum: values } = shapeOf(model, name);
  switch (type) {
    case 'structure':
      return name;
    case 'list':
      return `readonly ${bracketed(typeOf(model, member!.shape))}[]`;
    case 'map':
      return `Readonly<Record<string, ${typeOf(model, value!.shape)}>>`;
    case 'string':
      return values === undefined ? 'string' : name;
    case 'boolean':
      return 'boolean';
    default:
      return 'number';
  }
}

function bracketed(type: string): string {
  return type.includes(' ') ? `(${type})` : type;
}

/** The model's rule in words: all that it says of a member, as it has no descriptions. */
function ruleOf(model: Model, name: string): string {
  const { type, enum: values, pattern, min, max, member, key, value } = shapeOf(model, name);
  switch (type) {
    case 'structure':
      return `See {@link ${typeOf(model, name)}}.`;
    case 'list':
      return `A list of ${lowered(rangeOf(min, max))}. Each: ${lowered(ruleOf(model, member!.shape))}`;
    case 'map': {
      const keys = lowered(ruleOf(model, key!.shape)).slice(0, -1);
      return `An object of ${lowered(rangeOf(min, max))} entries. Keys: ${keys}; values: ${lowered(ruleOf(model, value!.shape))}`;
    }
    case 'string': {
      if (values !== undefined) return `One of {@link ${name}}.`;
      const isAny = pattern === undefined || /^(\.[*+]|\[\\S\\s\]\*)$/.test(pattern);
      const shown = isAny ? '' : ` that match \`${pattern.replaceAll('*/', '*\\/')}\``;
      return min === undefined && max === undefined
        ? `Characters${shown}.`
        : `${rangeOf(min, max)} characters${shown}.`;
    }
    case 'boolean':
      return '`true` or `false`.';
    default:
      return type === 'float' ? `A number${boundsOf(min, max)}.` : `An integer${boundsOf(min, max)}.`;
  }
}

function rangeOf(min = 0, max = Infinity): string {
  return max === Infinity ? `${min} or more` : min === 0 ? `At most ${max}` : `${min} to ${max}`;
}

function boundsOf(min = -Infinity, max = Infinity): string {
  if (max === Infinity) return min === -Infinity ? '' : ` from ${min} up`;
  return min === -Infinity ? ` up to ${max}` : ` from ${min} to ${max}`;
}

function lowered(text: string): string {
  return text.replace(/^[A-Z]/, (letter) => letter.toLowerCase());
}

/** Where a generated file is. */
export function target(name: string): URL {
  return new URL(`../src/sagemaker/${name}`, import.meta.url);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = process.argv[2] ?? DEFAULT_MODEL;
  const model = JSON.parse(readFileSync(path, 'utf8')) as Model;
  for (const [name, text] of await generate(model)) {
    writeFileSync(target(name), text);
    console.log(`src/sagemaker/${name}: ${text.length} characters`);
  }
}
