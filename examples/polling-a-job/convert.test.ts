import { describe, expect, it } from '@jest/globals';
import { createTestRunner, type TestOperation, type TestRunnerOptions } from '@middy-durable/testing';
import { crash } from '@middy-durable-examples/shared/test-support/crash.ts';
import { useFreshOutside } from '@middy-durable-examples/shared/test-support/fresh-outside.ts';
import { handler } from './convert.ts';
import { planJobs, readRequests } from './outside/jobs.ts';

const INPUT = { video: 'holiday.mov', patience: 600 };

useFreshOutside();
const convert = (options: Partial<TestRunnerOptions> = {}) => createTestRunner({ handler, ...options }).run(INPUT);
const outcomes = (): string[] => readRequests().map(({ outcome }) => outcome);
/** Seconds between the looks, as they were recorded. */
const pauses = (job: TestOperation): number[] =>
  job.events.flatMap(({ StepSucceededDetails: details }) => details?.RetryDetails.NextAttemptDelaySeconds ?? []);

describe('a conversion', () => {
  it('is looked at, with longer and longer pauses, until it is done', async () => {
    planJobs({ looks: 8 });
    const run = await convert();
    expect(run.result).toEqual({ video: 'holiday.mov', status: 'done' });
    expect(pauses(run.operation('job'))).toEqual([1, 2, 4, 8, 16, 30, 30]);
    expect(outcomes()).toEqual(['started', ...Array(8).fill('looked at')]);
    // Nothing runs between the looks.
    expect(run.invocations.map(({ outcome }) => outcome)).toEqual([...Array(7).fill('PENDING'), 'SUCCEEDED']);
    expect(Number(run.endedAt) - Number(run.startedAt)).toBeGreaterThanOrEqual(91_000);
  });

  it('tells that the job has failed', async () => {
    planJobs({ looks: 1, end: 'failed' });
    const run = await convert();
    expect(run.result).toEqual({ video: 'holiday.mov', status: 'failed' });
    expect(run.invocations).toHaveLength(1);
  });

  it('goes on when the service can not be reached for a while', async () => {
    planJobs({ looks: 4, unreachableAt: [1, 3] });
    expect((await convert()).result).toEqual({ video: 'holiday.mov', status: 'done' });
    expect(outcomes()).toEqual(['started', 'unreachable', 'looked at', 'unreachable', 'looked at']);
  });

  it('cancels a job that takes longer than the patience of who wants it', async () => {
    planJobs({ looks: 1_000 });
    const run = await convert();
    expect(run.result).toEqual({
      video: 'holiday.mov',
      status: 'cancelled',
      reason: 'waitForCondition exceeded its time limit (600 s)',
    });
    const took = (Number(run.endedAt) - Number(run.startedAt)) / 1000;
    expect(took).toBeGreaterThanOrEqual(600);
    expect(took).toBeLessThan(602);
    expect(pauses(run.operation('job')).reduce((sum, pause) => sum + pause, 0)).toBe(600);
    expect(outcomes().filter((outcome) => outcome === 'cancelled')).toHaveLength(1);
    expect(outcomes().at(-1)).toBe('cancelled');
  });

  it.each([
    ['before', 'start-job', 'SUCCEED', 'started before'],
    ['after', 'start-job', 'SUCCEED', undefined],
    ['before', 'job', 'RETRY', undefined],
    ['after', 'job', 'RETRY', undefined],
    ['before', 'job', 'SUCCEED', undefined],
    ['after', 'job', 'SUCCEED', undefined],
  ] as const)(
    'is one job, when the process dies %s the outcome of %s (%s)',
    async (moment, step, outcome, repeated) => {
      const run = await convert({ wrapClient: crash(moment, step, outcome) });
      expect(run.invocations.map((invocation) => invocation.outcome)).toContain('CRASHED');
      expect(run.result).toEqual({ video: 'holiday.mov', status: 'done' });
      expect(outcomes().filter((one) => one.startsWith('started'))).toEqual([
        'started',
        ...(repeated ? [repeated] : []),
      ]);
      expect(new Set(readRequests().map(({ id }) => id)).size).toBe(1);
    },
  );

  it.each([
    ['before', ['cancelled', 'cancelled before']],
    ['after', ['cancelled']],
  ] as const)('is cancelled once when the process dies %s that is recorded', async (moment, cancellations) => {
    planJobs({ looks: 1_000 });
    const run = await convert({ wrapClient: crash(moment, 'cancel-job') });
    expect(run.invocations.map(({ outcome }) => outcome)).toContain('CRASHED');
    expect(run.result).toMatchObject({ status: 'cancelled', reason: expect.stringContaining('time limit (600 s)') });
    expect(outcomes().filter((outcome) => outcome.startsWith('cancelled'))).toEqual(cancellations);
  });
});
