import { describe, expect, it } from '@jest/globals';
import type { OperationEvent } from '@middy-durable/protocol';
import { OperationOrder } from './operation-order.ts';

/** The first problem of these events. */
function problem(...events: OperationEvent[]): string | undefined {
  const order = new OperationOrder();
  for (const event of events) {
    const found = order.problem(event);
    if (found !== undefined) return found;
  }
  return undefined;
}

const STARTED: OperationEvent = { type: 'StepStarted', at: 0, id: 's' };
const RETRIED: OperationEvent = { type: 'StepFailed', at: 0, id: 's', nextAttemptDelay: 5 };

describe('OperationOrder', () => {
  it('accepts a step with a retry, a wait, a callback in a context', () => {
    expect(
      problem(
        STARTED,
        RETRIED,
        { type: 'StepReady', at: 5000, id: 's' },
        { type: 'StepStarted', at: 5001, id: 's' },
        { type: 'StepSucceeded', at: 5002, id: 's' },
        { type: 'ContextStarted', at: 6000, id: 'c' },
        { type: 'CallbackStarted', at: 6000, id: 'k', callbackId: 'k', parentId: 'c' },
        { type: 'CallbackTimedOut', at: 6001, id: 'k' },
        { type: 'WaitStarted', at: 6001, id: 'w', seconds: 1 },
        { type: 'WaitSucceeded', at: 7001, id: 'w' },
      ),
    ).toBeUndefined();
  });

  const cases: [string, OperationEvent[], string][] = [
    ['an end without a start', [{ type: 'StepSucceeded', at: 0, id: 's' }], 'while it is absent'],
    [
      'two ends',
      [STARTED, { type: 'StepFailed', at: 0, id: 's' }, { type: 'StepSucceeded', at: 0, id: 's' }],
      'while it is over',
    ],
    ['a start of what runs', [STARTED, STARTED], 'while it is open'],
    ['an attempt before its delay is over', [STARTED, RETRIED, STARTED], 'while it is delayed'],
    ['a delay that ends too early', [STARTED, RETRIED, { type: 'StepReady', at: 4999, id: 's' }], '1 ms too early'],
    [
      'a wait that ends too early',
      [
        { type: 'WaitStarted', at: 0, id: 'w', seconds: 2 },
        { type: 'WaitSucceeded', at: 1500, id: 'w' },
      ],
      '500 ms too early',
    ],
    ['an event of another type', [STARTED, { type: 'WaitSucceeded', at: 0, id: 's' }], 'WaitSucceeded for a Step'],
    [
      'a parent that is no context',
      [STARTED, { type: 'WaitStarted', at: 0, id: 'w', seconds: 1, parentId: 's' }],
      'its parent s is no context',
    ],
  ];
  cases.push([
    'a beginning in a context that is over',
    [
      { type: 'ContextStarted', at: 0, id: 'c' },
      { type: 'ContextSucceeded', at: 0, id: 'c' },
      { ...STARTED, parentId: 'c' },
    ],
    'it begins in c, which is over',
  ]);
  it.each(cases)('finds %s', (_name, events, detail) => {
    expect(problem(...events)).toContain(detail);
  });

  it('knows what only the outside can end, and how many attempts have begun', () => {
    const order = new OperationOrder();
    order.problem({ type: 'CallbackStarted', at: 0, id: 'open', callbackId: 'x' });
    order.problem({ type: 'CallbackStarted', at: 0, id: 'limited', callbackId: 'y', timeout: 5 });
    order.problem({ type: 'StepStarted', at: 0, id: 's', name: 'pay' });
    expect(order.openForEver).toEqual(['open']);
    expect(order.attemptsOf('pay')).toBe(1);
    expect(order.attemptsOf('ship')).toBe(0);
    expect([...order.kinds]).toEqual([
      ['Callback', 2],
      ['Step', 1],
    ]);
  });
});
