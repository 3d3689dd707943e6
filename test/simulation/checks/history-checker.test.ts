import { expect, it } from '@jest/globals';
import type { HistoryEvent } from '@middy-durable/protocol';
import { checkHistory } from './history-checker.ts';

function problems(
  ...events: { EventType: string; Id?: string; Name?: string; EventId?: number; [more: string]: unknown }[]
): string[] {
  const found: string[] = [];
  const numbered = events.map((event, index) => ({
    EventId: index + 1,
    [`${event.EventType}Details`]: {},
    ...event,
  }));
  checkHistory(numbered as unknown as HistoryEvent[], (_rule, detail) => found.push(detail));
  return found;
}

const START = { EventType: 'ExecutionStarted', Id: 'e' };
const END = { EventType: 'ExecutionSucceeded', Id: 'e' };
const DONE = { EventType: 'InvocationCompleted' };

it('accepts a history, also with one invocation that ends after the execution', () => {
  const step = [
    { EventType: 'StepStarted', Id: 's', Name: 'pay' },
    { EventType: 'StepSucceeded', Id: 's', Name: 'pay' },
  ];
  expect(problems(START, ...step, DONE, END)).toEqual([]);
  expect(problems(START, END, DONE)).toEqual([]);
});

it.each([
  ['numbers with a gap', [START, { ...DONE, EventId: 3 }], 'event 2 has the number 3'],
  ['an id of an invocation', [START, { ...DONE, Id: 'i' }], 'InvocationCompleted has an Id'],
  ['operations after the end', [START, END, { EventType: 'StepStarted', Id: 's' }], 'StepStarted after the end'],
  ['two invocations after the end', [START, END, DONE, DONE], 'more than one event after the end'],
  [
    'an operation without a start',
    [START, { EventType: 'WaitSucceeded', Id: 'w' }],
    'WaitSucceeded of w without a start',
  ],
  [
    'metadata that changes',
    [START, { EventType: 'WaitStarted', Id: 'w', Name: 'a' }, { EventType: 'WaitSucceeded', Id: 'w', Name: 'b' }],
    'WaitSucceeded of w has other metadata than its start',
  ],
  ['another beginning', [DONE], 'it does not begin with its start'],
  [
    'an event without details',
    [{ ...START, ExecutionStartedDetails: undefined, EventType: 'Other' }],
    'Other of e without a start',
  ],
])('finds %s', (_name, events, detail) => {
  expect(problems(...events)).toContain(detail);
});
