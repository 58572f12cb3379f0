// Writes what src/sagemaker/ knows of AWS's requests, from AWS's own model of the API:
//
//     npx tsx scripts/generate-sagemaker.ts [../shared/aws/sagemaker.json [../shared/aws/sagemaker-runtime.json]]
//
// The models are in botocore (Apache-2.0), as data/sagemaker/2017-07-24/service-2.json.gz and
// data/sagemaker-runtime/2017-05-13/service-2.json.gz; what is read here may also be an excerpt of them.
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

/** What an endpoint here is asked for with: the members of both, in one object, and its name. */
const ENDPOINT = { name: 'EndpointRequest', of: ['ContainerDefinition', 'ProductionVariant'] } as const;

/** The operation of a batch transform, whose request has types of its own. */
const TRANSFORM = 'CreateTransformJob';

/** The operation whose headers a server gets and answers with. */
const INVOCATION = 'InvokeEndpoint';

/** Shapes that have a type of ours already, described at greater length than the model can. */
const WRITTEN_BY_HAND: Readonly<Record<string, string>> = { Channel: 'ChannelDefinition' };

const DEFAULT_MODEL = '../shared/aws/sagemaker.json';
const DEFAULT_RUNTIME = '../shared/aws/sagemaker-runtime.json';

/** What is used of a model. */
export interface Model {
  readonly operations: Readonly<Record<string, { readonly input: Reference }>>;
  readonly shapes: Readonly<Record<string, ModelShape>>;
}

/** What is used of the model of the runtime. */
export interface RuntimeModel {
  readonly operations: Readonly<Record<string, { readonly input: Reference; readonly output: Reference }>>;
  readonly shapes: Readonly<Record<string, ModelShape>>;
}

interface Reference {
  readonly shape: string;
  readonly location?: string;
  readonly locationName?: string;
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
  const ofJobs = reachable(model, [inputOf(model, TYPED)], WRITTEN_BY_HAND);
  const ofEndpoints = reachable(model, ENDPOINT.of, WRITTEN_BY_HAND);
  const ofTransforms = reachable(model, [inputOf(model, TRANSFORM)], WRITTEN_BY_HAND);
  const jobs = { file: './create-training-job.js', names: ofJobs };
  const endpoints = { file: './create-endpoint.js', names: without(ofEndpoints, ofJobs) };
  const transforms = without(ofTransforms, [...ofJobs, ...ofEndpoints]);
  return await written(
    new Map([
      ['shapes.ts', tableOf(model, reachable(model, [...inputs, ...ENDPOINT.of]))],
      [
        'create-training-job.ts',
        typesOf(model, ofJobs, "import type { ChannelDefinition, OneOf } from './channel-definition.js';"),
      ],
      ['create-endpoint.ts', typesOf(model, endpoints.names, importsOf(model, ofEndpoints, [jobs]))],
      [
        'create-transform-job.ts',
        typesOf(model, transforms, importsOf(model, ofTransforms, [jobs, endpoints])),
      ],
    ]),
  );
}

/** The same for what is said when an endpoint is invoked. */
export async function generateRuntime(model: RuntimeModel): Promise<ReadonlyMap<string, string>> {
  return await written(new Map([['invocation.ts', headersOf(model)]]));
}

async function written(files: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, string>> {
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

function shapeOf(model: Pick<Model, 'shapes'>, name: string): ModelShape {
  const shape = model.shapes[name];
  if (shape === undefined) throw new Error(`The model has no shape ${name}.`);
  return shape;
}

const HEADER = `// Generated from AWS's model of the API (botocore, Apache-2.0) by scripts/generate-sagemaker.ts: change it there, and
// run \`npx tsx scripts/generate-sagemaker.ts MODEL\`.
`;

/** A file with types, and the shapes that they are of. */
interface Declared {
  readonly file: string;
  readonly names: readonly string[];
}

/** What some types need of others that are declared already. */
function importsOf(model: Model, names: readonly string[], elsewhere: readonly Declared[]): string {
  const types = elsewhere.map(({ file, names: declared }) => {
    const shared = names.filter(
      (name) => declared.includes(name) && declarationOf(model, name) !== undefined,
    );
    return shared.length === 0 ? '' : `\nimport type { ${shared.join(', ')} } from '${file}';`;
  });
  return `import type { OneOf } from './channel-definition.js';${types.join('')}`;
}

function without(names: readonly string[], others: readonly string[]): string[] {
  return names.filter((name) => !others.includes(name));
}

/** The members that are headers, with what may be in them. Those of a URI or a body are not. */
function headersOf(model: RuntimeModel): string {
  const { input, output } = model.operations[INVOCATION]!;
  const body = shapeOf(model, shapeOf(model, input.shape).members!['Body']!.shape);
  const given = Object.entries(shapeOf(model, input.shape).members!).filter(isHeader);
  const answered = Object.entries(shapeOf(model, output.shape).members!).filter(isHeader);
  const lines = given.map(([name, { shape, locationName }]) => {
    const rules = compact(shapeOf(model, shape));
    return `  ${name}: { header: ${quoted(locationName!)}, shape: ${literal(rules)} },`;
  });
  const answers = answered.map(
    ([name, { locationName }]) => `  ${name}: ${quoted(locationName!.toLowerCase())},`,
  );
  return `${HEADER}
import type { StringShape } from './shape.js';

/** What a payload may have, of an invocation or its answer, in bytes. */
export const MOST_PAYLOAD_BYTES = ${body.max};

/** The headers that a server gets with an invocation, by what ${INVOCATION} calls them. */
// prettier-ignore
export const INVOCATION_HEADERS = {
${lines.join('\n')}
} satisfies Readonly<Record<string, { readonly header: string; readonly shape: StringShape }>>;

/** The headers of a server's answer that are passed on, in lower case. */
export const ANSWER_HEADERS = {
${answers.join('\n')}
} as const;
`;
}

function isHeader([, { location }]: [string, Reference]): boolean {
  return location === 'header';
}

/** The members of several structures as one structure. */
function combined(model: Model): ModelShape {
  const all = ENDPOINT.of.map((name) => shapeOf(model, name).members);
  return {
    type: 'structure',
    members: Object.assign({ EndpointName: { shape: 'EndpointName' } }, ...all) as ModelShape['members'] &
      object,
  };
}

function tableOf(model: Model, names: readonly string[]): string {
  const shapes = new Map(names.map((name) => [name, shapeOf(model, name)]));
  shapes.set(ENDPOINT.name, combined(model));
  const lines = [...shapes.keys()].sort().map((name) => `  ${name}: ${literal(compact(shapes.get(name)!))},`);
  return `${HEADER}
import type { Shape } from './shape.js';

/** The requests of ${OPERATIONS.join(', ')}, and all that they consist of; and of an endpoint here. */
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

function typesOf(model: Model, names: readonly string[], imports: string): string {
  const declarations = names.map((name) => declarationOf(model, name)).filter((each) => each !== undefined);
  return `${HEADER}
${imports}

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
  const [, , path = DEFAULT_MODEL, runtimePath = DEFAULT_RUNTIME] = process.argv;
  const model = JSON.parse(readFileSync(path, 'utf8')) as Model;
  const runtime = JSON.parse(readFileSync(runtimePath, 'utf8')) as RuntimeModel;
  for (const [name, text] of [...(await generate(model)), ...(await generateRuntime(runtime))]) {
    writeFileSync(target(name), text);
    console.log(`src/sagemaker/${name}: ${text.length} characters`);
  }
}
