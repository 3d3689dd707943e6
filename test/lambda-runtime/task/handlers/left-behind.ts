import middy7 from '@middy/core';
import { type DurableContext, durableExecution, withDurableExecution } from '@middy-durable/core';
import middy4 from 'middy-4';
import middy5 from 'middy-5';
import middy6 from 'middy-6';
import { effect } from '../outside.ts';

/** Milliseconds after which user code goes on by itself, long after the suspension. */
const GOES_ON_MS = 300;
/** What hooks that must not run would take, many times over. */
const GRACE_MS = 50;

export interface Request {
  name: string;
  /** What user code does that a suspension left behind. */
  then?: 'return' | 'throw' | 'step';
  /** Takes until that many others have gone on. */
  until?: number;
}

let wentOn = 0;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Suspends with plain work at hand, which goes on in a later invocation of the same process. */
async function userCode({ name, then, until }: Request, context: DurableContext): Promise<string> {
  await context.step('begin', async () => {
    effect(`${name}: begins`);
    if (until === undefined) return;
    while (wentOn < until) await sleep(1);
    await sleep(GRACE_MS);
  });
  if (until !== undefined) return 'done';
  context.signal.addEventListener('abort', () => effect(`${name}: aborted`));
  const [approval] = await context.createCallback<string>('approval');
  const answer = await Promise.race([approval, sleep(GOES_ON_MS)]);
  if (answer) return answer;
  effect(`${name}: goes on`);
  wentOn++;
  if (then === 'throw') throw new RangeError('Left behind.');
  if (then === 'step') await context.step('late', async () => effect(`${name}: late step`));
  return 'left behind';
}

const hooks = {
  before: async ({ event }: { event: Request }): Promise<void> => effect(`${event.name}: before`),
  after: async ({ event }: { event: Request }): Promise<void> => effect(`${event.name}: after`),
  onError: async ({ event }: { event: Request }): Promise<void> => effect(`${event.name}: onError`),
};
/** Of the whole instance: it does not know the request. */
const plugin = {
  timeoutEarlyResponse: (): never => {
    effect('middy: early timeout');
    throw new Error('Timeout');
  },
};

export const plain = withDurableExecution(userCode);
export const aroundMiddy4 = withDurableExecution(middy4(userCode, plugin).use(hooks));
export const aroundMiddy5 = withDurableExecution(middy5(userCode, plugin).use(hooks));
export const aroundMiddy6 = withDurableExecution(middy6(userCode, plugin).use(hooks));
export const aroundMiddy7 = withDurableExecution(middy7(userCode, plugin).use(hooks));
export const executionMode = middy7(userCode, { ...plugin, executionMode: durableExecution() }).use(hooks);
