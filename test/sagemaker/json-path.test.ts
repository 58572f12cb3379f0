import { describe, expect, test } from 'vitest';

import { JsonPath, JsonPathProblem } from '../../src/sagemaker/json-path.js';

const ROW = ['a', 'b', 'c', 'd', 'e', 'f'];
const OBJECT = {
  id: 7,
  a: { b: 1, c: [1, 2, 3], 'd.e': null },
  list: [{ x: 1, y: 2 }, { x: 3 }],
  'f[1:2]': 'f',
};

describe('what the guide lists', () => {
  test.each([
    ['$', ROW, ROW],
    ['$[1]', ROW, 'b'],
    ['$[-1]', ROW, 'f'],
    ['$[1,3,5]', ROW, ['b', 'd', 'f']],
    ['$[0,-1]', ROW, ['a', 'f']],
    ['$[1:4]', ROW, ['b', 'c', 'd', 'e']], // the second to the fifth
    ['$[5:]', ROW, ['f']],
    ['$[:5]', ROW, ROW],
    ['$[ 1 : -2 ]', ROW, ['b', 'c', 'd', 'e']],
    ['$[0:-1]', ROW, ROW],
    ['$[0,4:]', ROW, ['a', 'e', 'f']],
    ['$.*', ROW, ROW],
    ['$.id', OBJECT, 7],
    ["$['id']", OBJECT, 7],
    ['$.a.*', OBJECT, [1, [1, 2, 3], null]],
    ['$.a.c', OBJECT, [1, 2, 3]],
    ['$.a.c[1]', OBJECT, 2],
    ['$.a.c[0:1]', OBJECT, [1, 2]],
    ["$['id','a']", OBJECT, { id: 7, a: OBJECT.a }],
    ["$.a['b','c']", OBJECT, { b: 1, c: [1, 2, 3] }],
    ["$.a.['b','c']", OBJECT, { b: 1, c: [1, 2, 3] }],
    ["$.a['d.e']", OBJECT, null],
    ["$['f[1:2]']", OBJECT, 'f'],
    ['$.list[*].x', OBJECT, [1, 3]],
    ["$.list[*]['x','y']", OBJECT, [{ x: 1, y: 2 }, { x: 3 }]],
  ])('%s', (path, value, selected) => {
    expect(new JsonPath(path).select(value)).toEqual(selected);
  });
});

test.each([
  ['$[6]', ROW],
  ['$[0,6]', ROW],
  ['$[6:]', ROW],
  ['$.none', OBJECT],
  ["$['id','none']", OBJECT],
  ['$.id.x', OBJECT],
  ['$[0]', OBJECT],
])('%s selects what is not there', (path, value) => {
  expect(() => new JsonPath(path).select(value)).toThrow(JsonPathProblem);
  expect(() => new JsonPath(path).select(value)).toThrow(`what \`${path}\` selects is not there`);
});

test.each([
  ['$..a', '`..` is not supported'],
  ['$[0:2,4:]', 'only single range filters'],
  ['$[0:4:2]', 'no step'],
  ['$[?@.a > 1]', 'filters and functions'],
  ['a', 'it has to begin with `$`'],
  ['', 'it has to begin with `$`'],
  ['$[', "'$['"],
])('%s is refused', (path, why) => {
  expect(() => new JsonPath(path)).toThrow(JsonPathProblem);
  expect(() => new JsonPath(path)).toThrow(why);
});

test.each([
  ['$', true],
  ['$[1:]', true],
  ['$[0,-1]', true],
  ['$.*', true],
  ['$.a', false],
  ["$['a']", false],
  ['$[0][1]', false],
])('%s selects columns of a row: %s', (path, isOfRows) => {
  expect(new JsonPath(path).isOfRows).toBe(isOfRows);
});
