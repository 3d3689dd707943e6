import { describe, expect, it } from '@jest/globals';
import type { LogItem, NewRun, RunHead } from '@middy-durable/backend';
import type { RunEvent } from '@middy-durable/protocol';
import { RunChecker } from './run-checker.ts';

const RUN: NewRun = {
  runId: 'run-1',
  arn: 'arn',
  functionName: 'f',
  name: 'execution-1',
  inputHash: '',
  startedAt: 0,
  firstItem: {
    sequence: 1,
    writeId: 'w1',
    events: [{ type: 'ExecutionStarted', at: 0, id: 'run-1', name: 'execution-1', executionTimeout: 100 }],
  },
};
const INVOKED: RunEvent = {
  type: 'InvocationStarted',
  at: 1,
  invocationId: 'i1',
  requestId: 'r1',
  leaseUntil: 1000,
};
const COMPLETED: RunEvent = { type: 'InvocationCompleted', at: 9, invocationId: 'i1', requestId: 'r1', startedAt: 1 };

/** The rules that a log of these items breaks. */
function broken(...items: (RunEvent[] | Partial<LogItem>)[]): string[] {
  const rules: string[] = [];
  const checker = new RunChecker(RUN, new Set(['r1']), (rule) => rules.push(rule));
  items.forEach((item, index) => {
    const events = Array.isArray(item) ? item : (item.events ?? []);
    const sent = { invocationId: 'i1', sequence: index + 1 };
    const full: LogItem = {
      sequence: index + 2,
      writeId: `w${index + 2}`,
      ...(Array.isArray(item) ? {} : item),
      events,
    };
    checker.append(full, full.clientToken === 'unsent' ? undefined : sent);
  });
  return rules;
}

describe('RunChecker accepts', () => {
  it('an ordinary run', () => {
    expect(
      broken(
        [INVOKED],
        {
          clientToken: 'c',
          events: [
            { type: 'StepStarted', at: 2, id: 's' },
            { type: 'StepSucceeded', at: 2, id: 's' },
          ],
        },
        [COMPLETED, { type: 'ExecutionSucceeded', at: 9 }],
      ),
    ).toEqual([]);
  });

  it('the end of an invocation after the end of its execution', () => {
    expect(broken([INVOKED], [{ type: 'ExecutionStopped', at: 5 }], [COMPLETED])).toEqual([]);
  });
});

it('lets the call of an ordinary function end without an answer, but not succeed', () => {
  const endedAs = (end: RunEvent): string[] => {
    const rules: string[] = [];
    const checker = new RunChecker({ ...RUN, ordinary: true }, new Set(), (rule) => rules.push(rule));
    checker.append({ sequence: 2, writeId: 'w2', events: [INVOKED] }, undefined);
    checker.append({ sequence: 3, writeId: 'w3', events: [COMPLETED, end] }, undefined);
    return rules;
  };
  expect(endedAs({ type: 'ExecutionTimedOut', at: 9 })).toEqual([]);
  expect(endedAs({ type: 'ExecutionSucceeded', at: 9 })).toEqual(['only an answer completes']);
});

describe('RunChecker finds', () => {
  const end: RunEvent = { type: 'ExecutionSucceeded', at: 9 };
  const cases: [string, (RunEvent[] | Partial<LogItem>)[], string][] = [
    ['a gap in the log', [{ sequence: 5, events: [INVOKED] }], 'dense log'],
    ['a write that is there twice', [{ writeId: 'w1', events: [INVOKED] }], 'one item for each write'],
    ['a checkpoint of nobody', [[INVOKED], { clientToken: 'unsent' }], 'stale tokens never write'],
    ['a checkpoint without an invocation', [{ clientToken: 'c' }], 'stale tokens never write'],
    ['two invocations at once', [[INVOKED], [{ ...INVOKED, invocationId: 'i2' }]], 'one invocation at a time'],
    ['a completion of another invocation', [[INVOKED], [{ ...COMPLETED, invocationId: 'i2' }]], 'legal history'],
    ['a completion with another start', [[INVOKED], [{ ...COMPLETED, startedAt: 2 }]], 'legal history'],
    [
      'an invocation given up before its lease ends',
      [[INVOKED], [{ ...COMPLETED, error: { ErrorType: 'Sandbox.Timedout' } }]],
      'leases hold',
    ],
    [
      'a completion without an answer',
      [[{ ...INVOKED, requestId: 'r2' }], [{ ...COMPLETED, requestId: 'r2' }]],
      'only an answer completes',
    ],
    ['two ends', [[end], [end]], 'one end'],
    ['an operation after the end', [[end], [{ type: 'WaitStarted', at: 10, id: 'w', seconds: 1 }]], 'legal history'],
    ['an invocation after the end', [[end], [{ ...INVOKED, at: 10 }]], 'legal history'],
    [
      'time that runs backwards',
      [[{ ...INVOKED, at: 5 }], [{ type: 'WaitStarted', at: 4, id: 'w', seconds: 1 }]],
      'legal history',
    ],
    ['a second start', [[RUN.firstItem.events[0] as RunEvent]], 'legal history'],
    ['an item that says nothing', [[]], 'legal history'],
    [
      'a write of a stale token',
      [[INVOKED], [{ type: 'StepStarted', at: 2, id: 'stale-1' }]],
      'stale tokens never write',
    ],
  ];
  it.each(cases)('%s', (_name, items, rule) => {
    expect(broken(...items)).toContain(rule);
  });

  it('an item that the store has lost, and a head that says something else', () => {
    const rules: string[] = [];
    const checker = new RunChecker(RUN, new Set(['r1']), (rule) => rules.push(rule));
    checker.checkStored(['w1'], { sequence: 1, status: 'RUNNING' } as RunHead);
    expect(rules).toEqual([]);
    checker.checkStored([], { sequence: 1, status: 'RUNNING' } as RunHead);
    checker.checkStored(['w1'], { sequence: 2, status: 'RUNNING' } as RunHead);
    checker.checkStored(['w1'], { sequence: 1, status: 'SUCCEEDED' } as RunHead);
    expect(rules).toEqual(Array(3).fill('what is acknowledged is stored'));
  });
});

it('remembers which bodies have a recorded result', () => {
  const checker = new RunChecker(RUN, new Set(), () => {});
  checker.append(
    {
      sequence: 2,
      writeId: 'w2',
      events: [
        { type: 'StepStarted', at: 1, id: 's' },
        { type: 'StepSucceeded', at: 1, id: 's', result: '{"nonce":42,"value":"x"}' },
      ],
    },
    undefined,
  );
  expect([...checker.recordedNonces]).toEqual([42]);
});
