import { describe, expect, it } from '@jest/globals';
import type { RunEvent } from '@middy-durable/protocol';
import fc from 'fast-check';
import { decodeRecords, encodeRecords } from './record-text.ts';

const roundTrip = (records: object[]): object[] => decodeRecords(encodeRecords(records));

describe('records as bytes', () => {
  it('come back whole, whatever their members and texts are', () => {
    const payload = fc.string({ unit: 'binary', maxLength: 40 });
    const record = fc.record(
      {
        type: fc.constantFrom('StepStarted', 'StepSucceeded', 'SomethingNewer'),
        at: fc.integer({ min: 0, max: 2 ** 45 }),
        id: fc.constantFrom('a', 'b', 'c'),
        result: payload,
        input: payload,
        answer: payload,
        error: fc.record({ ErrorType: payload, StackTrace: fc.array(payload) }),
        unknown: fc.jsonValue(),
        t: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    const json = (records: object[]): unknown => JSON.parse(JSON.stringify(records));
    fc.assert(fc.property(fc.array(record), (records) => expect(roundTrip(records)).toEqual(json(records))));
  });

  it('keep text that is no valid Unicode, and payloads that are no text', () => {
    const records = [
      { type: 'StepSucceeded', id: 'a', result: 'half \ud83d' },
      { result: { deep: 1 } },
      { result: '' },
    ];
    expect(roundTrip(records)).toEqual(records);
  });

  it('of a usual step take little besides its id, name and result', () => {
    const at = Date.UTC(2026, 0, 1);
    const id = '0123456789abcdef';
    const result = JSON.stringify({ quotes: '"'.repeat(100) });
    const events: RunEvent[] = [
      { type: 'StepStarted', at, id, name: 'validate', subType: 'Step' },
      { type: 'StepSucceeded', at: at + 7, id, result },
    ];
    expect(encodeRecords(events).length).toBeLessThan(id.length + 'validate'.length + result.length + 90);
  });

  it('never reach a prototype', () => {
    const [record] = decodeRecords(Buffer.from('[{"t":10,".__proto__":{"polluted":true}}]\n'));
    expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(Object.hasOwn(record ?? {}, '__proto__')).toBe(true);
  });

  it.each([
    ['no line', '[]'],
    ['no JSON', 'oops\n'],
    ['no list', '{}\n'],
    ['too little text', '[{"r":5}]\nabc'],
    ['too much text', '[{"r":1}]\nabc'],
  ])('are refused with %s', (_, text) => {
    expect(() => decodeRecords(Buffer.from(text))).toThrow();
  });

  it('are refused when they are no UTF-8', () => {
    expect(() => decodeRecords(Buffer.from([0xff, 0x0a]))).toThrow(/utf-8/);
  });
});
