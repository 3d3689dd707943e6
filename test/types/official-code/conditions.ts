import {
  createWaitStrategy,
  type DurableContext,
  JitterStrategy,
  type Serdes,
  type WaitForConditionCheckFunc,
  type WaitForConditionConfig,
  type WaitForConditionDecision,
  WaitForConditionError,
  type WaitForConditionWaitStrategyFunc,
  type WaitStrategyConfig,
} from '@aws/durable-execution-sdk-js';

interface Job {
  id: string;
  status: 'running' | 'done' | 'failed';
}
declare function readJob(id: string): Promise<Job>;
declare const jobSerdes: Serdes<Job>;

const strategyConfig: WaitStrategyConfig<Job> = {
  shouldContinuePolling: (job) => job.status === 'running',
  maxAttempts: 30,
  initialDelay: { seconds: 2 },
  maxDelay: { minutes: 5 },
  backoffRate: 1.5,
  jitter: JitterStrategy.HALF,
  timeoutSeconds: 3600,
};
const strategy: (job: Job, attempts: number) => WaitForConditionDecision = createWaitStrategy(strategyConfig);

const byHand: WaitForConditionWaitStrategyFunc<Job> = (job, attempt) => {
  if (job.status !== 'running') return { shouldContinue: false };
  return { shouldContinue: true, delay: { seconds: Math.min(attempt * 2, 60) } };
};
const check: WaitForConditionCheckFunc<Job> = async (job, { logger, attempt }) => {
  logger.debug(`check ${attempt}`);
  return readJob(job.id);
};
const config: WaitForConditionConfig<Job> = {
  initialState: { id: 'j-1', status: 'running' },
  waitStrategy: byHand,
  serdes: jobSerdes,
};

export async function conditions(context: DurableContext): Promise<unknown[]> {
  const job: Job = await context.waitForCondition('job', check, config);
  const anonymous: Job = await context.waitForCondition(check, { ...config, waitStrategy: strategy });
  const unnamed = await context.waitForCondition(undefined, async (count: number) => count + 1, {
    initialState: 0,
    waitStrategy: (count) => (count < 3 ? { shouldContinue: true, delay: { seconds: 1 } } : { shouldContinue: false }),
  });
  const inline = await context.waitForCondition('inline', async (state: Job) => readJob(state.id), {
    initialState: { id: 'j-2', status: 'running' },
    waitStrategy: createWaitStrategy({ shouldContinuePolling: (state: Job) => state.status === 'running' }),
  });
  const polled = await context.waitForCondition(
    async (state: { id: string; status: string }) => ({ ...state, status: (await readJob(state.id)).status }),
    {
      initialState: { id: 'j-3', status: 'pending' },
      waitStrategy: (state, attempt) => {
        if (state.status === 'done' || attempt > 10) return { shouldContinue: false };
        return { shouldContinue: true, delay: { seconds: 60 } };
      },
    },
  );
  return [polled.status, job.status, anonymous.status, unnamed + 1, inline.status];
}

export function describe(decision: WaitForConditionDecision): string {
  return decision.shouldContinue ? `again after ${JSON.stringify(decision.delay)}` : 'enough';
}
export const gaveUp = (error: unknown): boolean => error instanceof WaitForConditionError;
