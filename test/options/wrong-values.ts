/** Something to pass where something else belongs; made anew each time, so that no call sees another's. */
export interface Sample {
  readonly name: string;
  readonly make: () => unknown;
}

/** What nobody means, and some that somebody might. */
export const SAMPLES: readonly Sample[] = [
  ...['undefined', 'null', 'true', 'false', '0', '-0', '1', '-1', '1.5', '2 ** 53', '2 ** 31', '0o1000'],
  ...['NaN', 'Infinity', '-Infinity', '5n', '-5n', "Symbol('s')"],
  ...["''", "'x'", "' '", "'3'", "'a/b'", "'/x'", "'a\\0b'", "'\\ud800'", "'x'.repeat(2000)"],
  ...["'s3://bucket/x'", "'s3:'", "'S3://'", "'https://host/x'", "'file:///x'", "'file:x'", "'file:///x#1'"],
  ...["'https://bucket.s3.eu-west-1.amazonaws.com/x'", "'arn:aws:s3:::bucket/x'", "'s3a://bucket/x'"],
  ...["'file://host/x'", "'file:///%00'", "'__proto__'", "'constructor'", "'Pipe'", "'Gzip'"],
  ...['{}', '{ unknown: 1 }', '{ constructor: 1 }', '{ toString: 1 }', 'Object.create(null)'],
  ...['JSON.parse(\'{ "__proto__": { "name": "x" } }\')', 'Object.create({ unknown: 1 })'],
  ...['[]', '[undefined]', 'new Array(1)', '[null]', '[1]', '[{}]', "['x']", 'new Array(30).fill("x")'],
  ...['() => undefined', 'async () => undefined', 'class {}', 'new (class {})()', 'function* () {}'],
  ...['Promise.resolve()', 'new Date(0)', 'new Date(NaN)', '/x/', 'new Map()', 'new Set()', 'new WeakMap()'],
  ...[
    'new Error()',
    'new Number(1)',
    'new String("x")',
    'new URL("file:///x")',
    'new URL("file://host/x")',
    'new URL("s3://bucket/x")',
    'new URL("s3://bucket/a%20b")',
    'new URL("https://host/x")',
    'new URL("https://bucket.s3.eu-west-1.amazonaws.com/x")',
    'new AbortController().signal',
  ],
  ...[
    'Buffer.from("x")',
    'new Uint8Array(2)',
    'new Float32Array(2)',
    'new BigInt64Array(1)',
    'new ArrayBuffer(2)',
  ],
  ...['new SharedArrayBuffer(2)', 'new DataView(new ArrayBuffer(2))', 'globalThis'],
].map((expression) => ({
  name: expression,
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- so that a value is called what it is
  make: new Function(`return (${expression})`) as () => unknown,
}));

/** What throws when it is looked at. */
export const HOSTILE: readonly Sample[] = [
  { name: 'a proxy that throws', make: () => hostileProxy({}) },
  { name: 'a proxy of an array that throws', make: () => hostileProxy([]) },
  { name: 'a proxy of a function that throws', make: () => hostileProxy(() => undefined) },
  { name: 'a proxy that was revoked', make: revokedProxy },
  { name: 'an object whose names throw', make: () => new Proxy({}, { ownKeys: fail }) },
  {
    name: 'an object that throws when it is shown',
    make: () => ({
      [Symbol.for('nodejs.util.inspect.custom')]: fail,
      [Symbol.toPrimitive]: fail,
      unknown: 1,
    }),
  },
  {
    name: 'an object whose tag throws',
    make: () => Object.defineProperty({}, Symbol.toStringTag, { get: fail }),
  },
];

function fail(): never {
  throw new TypeError('hostile');
}

function hostileProxy(target: object): object {
  const traps = ['get', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor', 'apply', 'construct'];
  return new Proxy(target, Object.fromEntries(traps.map((trap) => [trap, fail])));
}

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
