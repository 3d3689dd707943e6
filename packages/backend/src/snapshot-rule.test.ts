import { describe, expect, it } from '@jest/globals';
import type { RunEvent } from '@middy-durable/protocol';
import { createEngine } from './engine.ts';
import { memoryStore } from './memory-store.ts';
import { UncoveredTail, USUAL_SNAPSHOTS } from './snapshot-rule.ts';

const STARTED: RunEvent = { type: 'InvocationStarted', at: 1, invocationId: 'i', requestId: 'r', leaseUntil: 9 };
const result = (length: number): RunEvent => ({ type: 'StepSucceeded', at: 1, id: 's', result: 'x'.repeat(length) });

/** A tail of so many invocations, each with a step whose result is 10,000 bytes. */
function tailOf(invocations: number): UncoveredTail {
  const tail = new UncoveredTail();
  let sequence = 1;
  for (let count = 0; count < invocations; count++) {
    for (const event of [STARTED, result(10_000)]) {
      sequence += 1;
      tail.add({ sequence, writeId: 'w', events: [event] });
    }
  }
  return tail;
}

/** Bytes of the largest snapshot that pays. */
function worth(tail: UncoveredTail): number {
  let bytes = 0;
  for (let step = 1 << 24; step >= 1; step /= 2) if (tail.pays(USUAL_SNAPSHOTS, bytes + step)) bytes += step;
  return bytes;
}

describe('when a log gets a snapshot', () => {
  it('is when so many items have come since the last one', () => {
    const { items } = USUAL_SNAPSHOTS;
    expect(tailOf(items / 2 - 1).isLong(USUAL_SNAPSHOTS)).toBe(false);
    const tail = tailOf(items / 2);
    expect(tail.isLong(USUAL_SNAPSHOTS)).toBe(true);
    tail.clear();
    expect(tail.isLong(USUAL_SNAPSHOTS)).toBe(false);
    expect(worth(tail)).toBe(0);
  });

  it('is when reading what it covers has cost as much as it will', () => {
    // The only invocation has read nothing; the next one will read its step.
    expect(worth(tailOf(1))).toBeCloseTo(10_000 / USUAL_SNAPSHOTS.price, -3);
    // The tenth reads ten steps: 1 + 2 + ... + 10.
    expect(worth(tailOf(10)) / worth(tailOf(1))).toBeCloseTo(55, -1);
  });

  it.each([{ items: 0 }, { items: 1.5 }, { price: -1 }, { price: Number.NaN }])('refuses %o', (snapshots) => {
    expect(() => createEngine({ store: memoryStore(), snapshots })).toThrow(/snapshots\.(items|price) must be/);
  });
});
