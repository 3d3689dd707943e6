import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { ID_PATTERN, MAX_ID_LENGTH, operationId } from '@middy-durable/protocol';
import { AmbientIds, isAmbientId } from './ambient-ids.ts';

const idOf = (...parts: unknown[]): string =>
  `x_${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)}`;

describe('the id of an ambient call', () => {
  it('is the hash of what is called, where, with what, and for the how many-th time', () => {
    const ids = new AmbientIds(undefined);
    expect(ids.next({ kind: 'step', key: 'a' }, 'charge')).toBe(idOf('step', null, 'charge', 'a', 1));
    expect(ids.next({ kind: 'step', key: 'a' }, 'charge')).toBe(idOf('step', null, 'charge', 'a', 2));
    expect(ids.next({ kind: 'step', key: 'b' }, 'charge')).toBe(idOf('step', null, 'charge', 'b', 1));
    expect(ids.next({ kind: 'step', key: 'a' }, 'refund')).toBe(idOf('step', null, 'refund', 'a', 1));
    expect(ids.next({ kind: 'context', key: 'a' }, 'charge')).toBe(idOf('context', null, 'charge', 'a', 1));
    expect(ids.next({ kind: 'step', key: 'a' }, 'charge')).toBe(idOf('step', null, 'charge', 'a', 3));
  });

  it('stays what it is: executions in flight are found by it', () => {
    expect(new AmbientIds(undefined).next({ kind: 'step', key: '7' }, 'charge')).toBe(
      'x_8895d003ada56ee40cf710f2ccda70b8',
    );
  });

  it('names the context around it', () => {
    const parent = operationId('2');
    expect(new AmbientIds(parent).next({ kind: 'step', key: '' }, 'a')).toBe(idOf('step', parent, 'a', '', 1));
  });

  it('can not be mistaken: what is glued together differently is another call', () => {
    const ids = new AmbientIds(undefined);
    const all = [
      ids.next({ kind: 'step', key: 'b,c' }, 'a'),
      ids.next({ kind: 'step', key: 'c' }, 'a,b'),
      ids.next({ kind: 'step', key: '"c"' }, 'a"'),
      ids.next({ kind: 'step', key: '__proto__' }, 'constructor'),
    ];
    expect(new Set(all).size).toBe(4);
    expect(all).toEqual([
      idOf('step', null, 'a', 'b,c', 1),
      idOf('step', null, 'a,b', 'c', 1),
      idOf('step', null, 'a"', '"c"', 1),
      idOf('step', null, 'constructor', '__proto__', 1),
    ]);
  });

  it('fits the wire and meets no other id', () => {
    const id = new AmbientIds(undefined).next({ kind: 'step', key: 'a' }, 'charge');
    expect(id).toMatch(ID_PATTERN);
    expect(id.length).toBeLessThanOrEqual(MAX_ID_LENGTH);
    expect([id, operationId('1'), operationId(`${id}-1`)].map(isAmbientId)).toEqual([true, false, false]);
  });
});
