import { describe, expect, it } from '@jest/globals';
import { isCovered, type LogTail, LogTails, type TailItem } from './log-tail.ts';

const key = (sequence: number) => ({ pk: 'r#a', sk: String(sequence) });

function item(sequence: number, members: Partial<TailItem> = {}): TailItem {
  return {
    sequence,
    writeId: `w${sequence}`,
    status: 'RUNNING',
    endedAt: undefined,
    dueAt: undefined,
    leaseUntil: undefined,
    expiresAt: { N: '1' },
    hintAt: members.dueAt,
    startsInvocation: false,
    key: key(sequence),
    ...members,
  };
}

function tailOf(...items: TailItem[]): LogTail | undefined {
  const tails = new LogTails();
  for (const one of items) tails.note('a', one);
  return tails.get('a');
}

describe('the hint of a lease', () => {
  const started = item(2, { dueAt: 900, leaseUntil: 900, startsInvocation: true });
  const next = (dueAt: number | undefined, leaseUntil: number | undefined, startsInvocation = false) => ({
    dueAt,
    leaseUntil,
    startsInvocation,
  });

  it.each([
    ['a checkpoint under the same lease', next(900, 900), true],
    ['a checkpoint under a renewed lease', next(950, 950), true],
    ['a checkpoint whose call is due at once', next(500, 900), false],
    ['a call that is due after the lease first ran out', next(901, 950), false],
    ['the end of the invocation', next(950, undefined), false],
    ['the next invocation', next(950, 950, true), false],
    ['a run that only the outside can move', next(undefined, 950), false],
  ])('for %s: %j: stands: %s', (_, one, expected) => {
    expect(isCovered(tailOf(started), one)).toBe(expected);
  });

  it('stands for an execution that ends before its lease', () => {
    const tail = tailOf(item(2, { dueAt: 600, leaseUntil: 900, startsInvocation: true }));
    expect(isCovered(tail, next(600, 900))).toBe(true);
    expect(isCovered(tail, next(700, 900))).toBe(false);
  });

  it('does not stand for an item that is due before one since', () => {
    const tail = tailOf(started, item(3, { dueAt: 990, leaseUntil: 990, hintAt: undefined }));
    expect(isCovered(tail, next(950, 950))).toBe(false);
    expect(isCovered(tail, next(990, 990))).toBe(true);
  });

  it('is unknown when the log was not followed from there', () => {
    expect(isCovered(undefined, next(900, 900))).toBe(false);
    expect(isCovered(tailOf(started, item(4, { dueAt: 900, leaseUntil: 900 })), next(900, 900))).toBe(false);
  });
});

describe('hints that stand', () => {
  const started = item(2, { dueAt: 900, leaseUntil: 900, startsInvocation: true });

  it('are those since the invocation began', () => {
    const called = item(3, { dueAt: 500, leaseUntil: 900 });
    expect(tailOf(item(1, { dueAt: 100 }), started, called)?.hints).toEqual([key(2), key(3)]);
  });

  it('are superseded by an item that is due by itself, or not at all', () => {
    expect(tailOf(started, item(3, { dueAt: 950 }))?.hints).toEqual([key(3)]);
    expect(tailOf(started, item(3))?.hints).toEqual([]);
  });
});

describe('tails', () => {
  it('never go back', () => {
    expect(tailOf(item(5), item(4))?.newest.sequence).toBe(5);
  });

  it('are kept for the runs used last', () => {
    const tails = new LogTails();
    for (let run = 0; run <= 1000; run++) tails.note(`run-${run}`, item(1));
    expect([tails.get('run-0'), tails.get('run-1')?.newest.sequence]).toEqual([undefined, 1]);
    tails.clear();
    expect(tails.get('run-1')).toBeUndefined();
  });
});
