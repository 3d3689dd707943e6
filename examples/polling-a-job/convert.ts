import {
  createWaitStrategy,
  type DurableContext,
  JitterStrategy,
  seconds,
  WaitForConditionError,
  withDurableExecution,
} from '@middy-durable/core';
import { cancelJob, type Job, readJob, startJob } from './outside/jobs.ts';

export interface Conversion {
  video: string;
  /** Seconds that the job may take. */
  patience: number;
}

/** Has a video converted by somebody else's service, which only tells how its jobs are when it is asked. */
export const handler = withDurableExecution(async ({ video, patience }: Conversion, context: DurableContext) => {
  const id = await context.step('start-job', ({ idempotencyKey }) => startJob({ idempotencyKey, video }));

  try {
    const job = await context.waitForCondition<Job>(
      'job',
      async (last, { logger }) => {
        // An error would end the polling: that the service can't be reached for a moment must not.
        const now = await readJob(id).catch(() => last);
        logger.info(`${id} is ${now.status}`);
        return now;
      },
      {
        initialState: { id, status: 'running' },
        waitStrategy: createWaitStrategy({
          shouldContinuePolling: ({ status }) => status === 'running',
          initialDelay: seconds(1),
          backoffRate: 2,
          maxDelay: seconds(30),
          maxAttempts: Number.POSITIVE_INFINITY,
          timeoutSeconds: patience,
          jitter: JitterStrategy.NONE,
        }),
      },
    );
    return { video, status: job.status };
  } catch (error) {
    if (!(error instanceof WaitForConditionError)) throw error;
    await context.step('cancel-job', () => cancelJob(id));
    return { video, status: 'cancelled', reason: error.message };
  }
});
