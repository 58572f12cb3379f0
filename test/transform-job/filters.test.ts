import { describe, expect, test } from 'vitest';

import { DataProcessing } from '../../src/serving/transform-job/data-processing/data-processing.js';
import { drawing } from './support/records.js';
import { PREDICTING } from './support/servers.js';
import { failureOf, linesOf, useTransforms } from './support/use-transforms.js';

const transforms = useTransforms();

type Row = readonly string[];

/** The paths that are used here, said in another way. */
const ROW_PATHS: Readonly<Record<string, (row: Row) => Row>> = {
  $: (row) => row,
  '$[1:]': (row) => row.slice(1),
  '$[1:2]': (row) => row.slice(1, 3), // with its end, as the guide says
  '$[0,-1]': (row) => [row[0]!, row.at(-1)!],
  '$[-1]': (row) => [row.at(-1)!],
};

const STRATEGIES = ['MultiRecord', 'SingleRecord'] as const;
const JOINS = ['None', 'Input'] as const;

const random = drawing(7);
const ROWS: readonly Row[] = Array.from({ length: 40 }, (_, index) => [
  String(index),
  ...Array.from({ length: 3 }, () => String(Math.floor(random() * 100))),
]);

const sumOf = (row: Row) => String(row.reduce((sum, column) => sum + Number(column), 0));

/** What the service would write. */
function expectedRows({ InputFilter, JoinSource, OutputFilter }: Filters): Row[] {
  return ROWS.map((row) => {
    const answer = [sumOf(ROW_PATHS[InputFilter]!(row))];
    return ROW_PATHS[OutputFilter]!(JoinSource === 'Input' ? [...row, ...answer] : answer);
  });
}

interface Filters {
  readonly InputFilter: string;
  readonly JoinSource: 'None' | 'Input';
  readonly OutputFilter: string;
}

/** All that there are: without the input an answer has one column. */
const FILTERS: readonly Filters[] = JOINS.flatMap((JoinSource) =>
  Object.keys(ROW_PATHS).flatMap((InputFilter) =>
    Object.keys(ROW_PATHS)
      .filter((path) => JoinSource === 'Input' || ['$', '$[0,-1]', '$[-1]'].includes(path))
      .map((OutputFilter) => ({ InputFilter, JoinSource, OutputFilter })),
  ),
);

test.each(FILTERS)('$InputFilter of every row, joined with $JoinSource, $OutputFilter', (filters) => {
  const request = { TransformInput: { ContentType: 'text/csv', SplitType: 'Line' }, DataProcessing: filters };
  const processing = new DataProcessing({ ...request, BatchStrategy: 'MultiRecord' } as never);
  const sources = ROWS.map((row) => Buffer.from(row.join(',')));
  const sent = processing.filterInputs(sources).map((row) => Buffer.from(row!).toString());
  const answer = sent.map((line) => `${sumOf(line.split(','))}\n`).join('');
  const written = processing.filterOutput(Buffer.from(answer), sources);
  const rows = expectedRows(filters).map((row) => `${row.join(',')}\n`);
  expect(Buffer.from(written).toString()).toBe(rows.join(''));
});

describe('rows of CSV', () => {
  // With both strategies every third one, each with another one.
  const cases = STRATEGIES.flatMap((BatchStrategy, at) =>
    FILTERS.filter((_, index) => index % 3 === at).map((filters) => ({ ...filters, BatchStrategy })),
  );

  test.each(cases)('$BatchStrategy, $InputFilter, joined with $JoinSource, $OutputFilter', async (given) => {
    const { BatchStrategy, JoinSource, InputFilter, OutputFilter } = given;
    transforms.put({ 'rows.csv': ROWS.map((row) => `${row.join(',')}\n`).join('') });
    await using job = transforms.start(
      {
        input: { ContentType: 'text/csv', SplitType: 'Line' },
        output: { Accept: 'text/csv', AssembleWith: 'Line' },
        BatchStrategy,
        MaxConcurrentTransforms: 4,
        DataProcessing: { InputFilter, OutputFilter, JoinSource },
      },
      PREDICTING,
    );
    await job.finished();
    const rows = expectedRows(given);
    expect(transforms.written()).toEqual({
      'rows.csv.out': rows.map((row) => `${row.join(',')}\n`).join(''),
    });
    const sent = (await linesOf(job)).map((line) => JSON.parse(line) as string);
    const filtered = ROWS.map((row) => ROW_PATHS[InputFilter]!(row).join(','));
    const lines = sent.flatMap((body) => body.split('\n')).filter((line) => line !== '');
    expect(lines.sort()).toEqual(filtered.sort());
  });

  test('in quotes, with Windows line ends, empty lines and none at the end', async () => {
    transforms.put({ 'rows.csv': '"a, ""b""",1,2\r\n\nc ,3,4\n"",5,6' });
    await using job = transforms.start(
      {
        input: { ContentType: 'text/csv; charset=utf-8', SplitType: 'Line' },
        output: { Accept: 'text/csv', AssembleWith: 'Line' },
        DataProcessing: { InputFilter: '$[1:]', JoinSource: 'Input' },
      },
      PREDICTING,
    );
    await job.finished();
    expect(transforms.written()).toEqual({ 'rows.csv.out': '"a, ""b""",1,2,3\nc ,3,4,7\n,5,6,11\n' });
  });
});

describe('JSON', () => {
  const OBJECTS = [
    '{"id":12345678901234567890,"features":{"a":1.0,"b":[1,2]},"name":"x"}',
    '{"id":2,"features":{"a":1e400},"name":"y","__proto__":3}',
    '{"features":{"c":null},"id":"three","name":"z"}',
  ];
  const CASES = [
    ['$', 'None', '$', ['{"size":3}', '{"size":4}', '{"size":3}']],
    ['$.features', 'None', '$', ['{"size":2}', '{"size":1}', '{"size":1}']],
    ['$.features', 'None', '$.size', ['2', '1', '1']],
    [
      '$.features',
      'Input',
      "$['id','SageMakerOutput']",
      [
        '{"id":12345678901234567890,"SageMakerOutput":{"size":2}}',
        '{"id":2,"SageMakerOutput":{"size":1}}',
        '{"id":"three","SageMakerOutput":{"size":1}}',
      ],
    ],
    ["$['name','id']", 'Input', '$.SageMakerOutput.*', ['[2]', '[2]', '[2]']],
    ['$.features', 'Input', "$.SageMakerOutput.['size']", ['2', '1', '1']],
  ] as const;

  const types = ['application/json', 'application/jsonlines'];
  const cases = types.flatMap((type) =>
    STRATEGIES.flatMap((strategy) => CASES.map((each) => [type, strategy, ...each] as const)),
  );

  test.each(cases)(
    '%s, %s: %s, joined with %s, %s',
    async (type, BatchStrategy, InputFilter, JoinSource, OutputFilter, lines) => {
      transforms.put({ 'in.json': `${OBJECTS.join('\n')}\n` });
      await using job = transforms.start(
        {
          input: { ContentType: type, SplitType: 'Line' },
          output: { Accept: type, AssembleWith: 'Line' },
          BatchStrategy,
          MaxConcurrentTransforms: 2,
          DataProcessing: { InputFilter, OutputFilter, JoinSource },
        },
        PREDICTING,
      );
      await job.finished();
      expect(transforms.written()).toEqual({ 'in.json.out': lines.map((line) => `${line}\n`).join('') });
    },
  );

  test('numbers stay as they were written, and what is no object is put into one', async () => {
    transforms.put({ 'in.json': '[12345678901234567890,1.0]\n{"a":1.50,"SageMakerOutput":0}\n' });
    await using job = transforms.start(
      {
        input: { ContentType: 'application/jsonlines', SplitType: 'Line' },
        output: { Accept: 'application/jsonlines', AssembleWith: 'Line' },
        DataProcessing: { JoinSource: 'Input' },
      },
      PREDICTING,
    );
    await job.finished();
    expect(transforms.written()['in.json.out']!.split('\n')).toEqual([
      '{"SageMakerInput":[12345678901234567890,1.0],"SageMakerOutput":{"size":2}}',
      '{"a":1.50,"SageMakerOutput":{"size":2}}',
      '',
    ]);
  });

  test('a whole document in each object', async () => {
    transforms.put({ 'one.json': '{\n  "id": 1,\n  "in": {"a": 1}\n}\n', 'two.json': '{"id": 2, "in": {}}' });
    await using job = transforms.start(
      {
        input: { ContentType: 'application/json' },
        output: { Accept: 'application/json' },
        DataProcessing: {
          InputFilter: '$.in',
          JoinSource: 'Input',
          OutputFilter: "$['id','SageMakerOutput']",
        },
      },
      PREDICTING,
    );
    await job.finished();
    expect(transforms.written()).toEqual({
      'one.json.out': '{"id":1,"SageMakerOutput":{"size":1}}',
      'two.json.out': '{"id":2,"SageMakerOutput":{"size":0}}',
    });
  });
});

test('JSON lines as a whole object, one at a time', async () => {
  transforms.put({ a: '{"id":1,"x":{"a":1}}\n{"id":2,"x":{"a":1,"b":2}}\n' });
  const type = 'application/jsonlines';
  await using job = transforms.start(
    {
      input: { ContentType: type },
      output: { Accept: type },
      DataProcessing: { InputFilter: '$.x', JoinSource: 'Input', OutputFilter: "$['id','SageMakerOutput']" },
      BatchStrategy: 'SingleRecord',
    },
    PREDICTING,
  );
  await job.finished();
  expect(transforms.written()).toEqual({
    'a.out': '{"id":1,"SageMakerOutput":{"size":1}}\n{"id":2,"SageMakerOutput":{"size":2}}',
  });
});

test('the answers to several payloads are not joined to one line', async () => {
  const row = (id: number) => `{"id":${id},"x":"${'x'.repeat(600_000)}"}\n`;
  transforms.put({ a: row(1) + row(2) });
  const ending = PREDICTING.replace("join('\\n')), Math", "join('\\n') + '\\n'), Math");
  expect(ending).not.toBe(PREDICTING);
  const type = 'application/jsonlines';
  await using job = transforms.start(
    {
      input: { ContentType: type, SplitType: 'Line' },
      output: { Accept: type },
      DataProcessing: { JoinSource: 'Input', OutputFilter: "$['id','SageMakerOutput']" },
      MaxPayloadInMB: 1,
    },
    ending,
  );
  expect(await job.finished()).toMatchObject({ requests: 2 });
  const lines = [1, 2].map((id) => `{"id":${id},"SageMakerOutput":{"size":2}}\n`);
  expect(transforms.written()).toEqual({ 'a.out': lines.join('') });
});

test('records that are kept to be joined have a bound, too', async () => {
  transforms.put({
    'a.csv': Array.from({ length: 30 }, (_, id) => `${id},${'0'.repeat(100_000)}\n`).join(''),
  });
  await using job = transforms.start(
    {
      input: { ContentType: 'text/csv', SplitType: 'Line' },
      output: { Accept: 'text/csv', AssembleWith: 'Line' },
      DataProcessing: { InputFilter: '$[0]', JoinSource: 'Input', OutputFilter: '$[0,-1]' },
      MaxPayloadInMB: 1,
    },
    PREDICTING,
  );
  expect(await job.finished()).toMatchObject({ requests: 3, records: 30 });
  const rows = Array.from({ length: 30 }, (_, id) => `${id},${id}\n`);
  expect(transforms.written()).toEqual({ 'a.csv.out': rows.join('') });
});

describe('what cannot be filtered or joined fails its object, and says where', () => {
  const CSV = {
    input: { ContentType: 'text/csv', SplitType: 'Line' },
    output: { Accept: 'text/csv', AssembleWith: 'Line' },
  } as const;

  test.each([
    ['1,2\n3\n', { InputFilter: '$[1:]' }, 'RECORD_INVALID', 1, 4, 'InputFilter'],
    ['1,2\n3,"4\n', { InputFilter: '$[0]' }, 'RECORD_INVALID', 1, 4, 'cannot be read'],
    ['1,2\n', { OutputFilter: '$[1]' }, 'ANSWER_INVALID', 0, 0, 'OutputFilter'],
    ['1,2\nx"y,1\n', { JoinSource: 'Input' }, 'RECORD_INVALID', 1, 4, 'cannot be joined'],
    ['caf\xe9,2\n', { InputFilter: '$[1:]' }, 'RECORD_INVALID', 0, 0, 'not valid'],
    ['1,2\n', { JoinSource: 'Input', OutputFilter: '$[0,3]' }, 'ANSWER_INVALID', 0, 0, 'OutputFilter'],
  ] as const)('%j, %j', async (rows, DataProcessing, code, record, offset, what) => {
    transforms.put({ 'bad.csv': Buffer.from(rows, 'latin1'), 'good.csv': '5,6,7\n' });
    await using job = transforms.start({ ...CSV, DataProcessing, BatchStrategy: 'SingleRecord' }, PREDICTING);
    const error = await failureOf(job);
    expect(error).toMatchObject({ code: 'TRANSFORM_JOB_FAILED', key: 'bad.csv', record, offset });
    expect(error.failures[0]!.error).toMatchObject({ code });
    expect(error.message).toContain(what);
  });

  test('as many answers as records are needed', async () => {
    transforms.put({ 'rows.csv': '1,2\n3,4\n' });
    const one = PREDICTING.replace("lines.map(predict[request.headers.accept]).join('\\n')", "'1'");
    expect(one).not.toBe(PREDICTING);
    await using job = transforms.start({ ...CSV, DataProcessing: { JoinSource: 'Input' } }, one);
    const error = await failureOf(job);
    expect(error.failures[0]).toMatchObject({
      key: 'rows.csv',
      record: 0,
      records: 2,
      error: { code: 'ANSWER_INVALID' },
    });
    expect(error.message).toContain('it answers 1 record(s), and 2 were sent');
    expect(transforms.written()).toEqual({});
  });
});
