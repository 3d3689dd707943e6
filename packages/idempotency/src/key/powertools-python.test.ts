import { describe, expect, it } from '@jest/globals';
import { pythonHash, pythonJson } from './powertools-python.ts';

/** `json.dumps(value, sort_keys=True)` of Python 3.12, and the MD5 of that. */
const PYTHON: [text: string, md5: string][] = [
  ['{"n": 1, "orderId": "a"}', 'b868ce7217f580fb84246c418c7aecdb'],
  ['"text"', '20cd815523e5806aec29a57282b0d49f'],
  ['12', 'c20ad4d76fe97759aa27a0c99bff6710'],
  ['[]', 'd751713988987e9331980363e24189ce'],
  ['["x", {"B": 3, "a": 2, "\\u00c4": 1, "\\uffff": 4, "\\ud800\\udc00": 5}]', 'afbd122b96cbf8097b35a7a472f58ab6'],
  ['1.25', '6c010c37f79973d02f1067604ef21513'],
  ['true', 'b326b5062b2f0e69046810717534cb09'],
];

describe('the JSON of Python', () => {
  it.each(PYTHON)('%s', (text, md5) => {
    expect(pythonJson(JSON.parse(text))).toBe(text);
    expect(pythonHash(JSON.parse(text), 'md5')).toBe(md5);
  });

  it.each([
    ['[1, 1e-07, 1e-05, 0.0001, 123456.789, 1e+21, 1e+22, -2.5e-09, -0.5, 0, true, null]'],
    ['"\\u00e9\\u2028\\ud83d\\ude00\\"\\\\\\n\\t\\u007f"'],
    ['{"Z": {}, "z": []}'],
  ])('%s', (text) => {
    expect(pythonJson(JSON.parse(text))).toBe(text);
  });

  it('has whole numbers as integers, and leaves members away that are undefined', () => {
    expect(pythonJson({ a: 2 ** 53, b: undefined, c: -0, d: 1e20 })).toBe(
      '{"a": 9007199254740992, "c": 0, "d": 100000000000000000000}',
    );
  });
});
