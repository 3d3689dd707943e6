import { describe, expect, it } from '@jest/globals';
import type { Context } from './engine/context.ts';
import type { UserOutcome } from './engine/run-invocation.ts';
import { failingAsReported, RecordReportedFailedError } from './reported-failure.ts';

const EVENT = { Records: [{ eventSource: 'aws:sqs', messageId: 'm-1' }] };
const REPORT = { batchItemFailures: [{ itemIdentifier: 'm-1' }] };
const CONTEXT = {} as Context;

const outcomeOf = (outcome: UserOutcome, event: unknown = EVENT): Promise<UserOutcome> =>
  failingAsReported(async () => outcome)(event, CONTEXT);

describe('failingAsReported', () => {
  it('fails the execution of a handler that reports all it was given, and keeps the report for the caller', async () => {
    const outcome = await outcomeOf({ kind: 'return', result: REPORT });
    expect(outcome).toEqual({
      kind: 'reject',
      error: expect.any(RecordReportedFailedError),
      answer: { value: REPORT },
    });
    const { error } = outcome as { error: Error };
    expect(error.name).toBe('RecordReportedFailedError');
    expect(error.message).toContain('batchItemFailures');
  });

  it.each<[string, UserOutcome, unknown]>([
    ['a result', { kind: 'return', result: { batchItemFailures: [] } }, EVENT],
    ['a report that is not of this event', { kind: 'return', result: REPORT }, { httpMethod: 'GET' }],
    ['an error', { kind: 'reject', error: new Error('x') }, EVENT],
  ])('leaves %s as it is', async (_title, outcome, event) => {
    expect(await outcomeOf(outcome, event)).toBe(outcome);
  });

  it('hands on the event and the context', async () => {
    const seen: unknown[] = [];
    await failingAsReported(async (...given) => {
      seen.push(...given);
      return { kind: 'return', result: undefined };
    })(EVENT, CONTEXT);
    expect(seen[0]).toBe(EVENT);
    expect(seen[1]).toBe(CONTEXT);
  });
});
