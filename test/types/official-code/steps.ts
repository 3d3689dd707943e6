import {
  type DurableContext,
  type Duration,
  type RetryDecision,
  retryPresets,
  type Serdes,
  type StepConfig,
  type StepFunc,
  StepSemantics,
} from '@aws/durable-execution-sdk-js';

interface User {
  id: string;
  email?: string;
}
declare function loadUser(id: string): Promise<User>;
declare const userSerdes: Serdes<User>;
declare const anythingSerdes: Serdes<unknown>;

const everyOption: StepConfig<User> = {
  retryStrategy: (error: Error, attemptCount: number): RetryDecision =>
    error.name === 'Throttled' && attemptCount < 5
      ? { shouldRetry: true, delay: { seconds: 2 ** attemptCount } }
      : { shouldRetry: false },
  semantics: StepSemantics.AtMostOncePerRetry,
  serdes: userSerdes,
};

const body: StepFunc<User> = async ({ attempt, logger }) => {
  logger.info('loading', { attempt });
  return loadUser(String(attempt));
};

export async function steps(context: DurableContext): Promise<unknown> {
  const inferred: User = await context.step('load', async () => loadUser('1'));
  const anonymous: User = await context.step(async () => loadUser('2'));
  const configured: User = await context.step('load', body, everyOption);
  const anonymousConfigured: User = await context.step(body, everyOption);
  const unnamed: User = await context.step(undefined, body);
  const explicit = await context.step<User>('load', async () => ({ id: '3', email: 'c@example.com' }));
  const attempted: string = await context.step('try', async (step) => {
    step.logger.warn(`attempt ${step.attempt}`);
    return 'done';
  });
  const nothing = await context.step('effect', async () => {});
  // A serdes of whatever type decides the type of the result.
  const loose = await context.step('loose', async () => ({ at: Date.now() }), { serdes: anythingSerdes });
  const widened = await context.step('widened', async () => ({ id: '4' }), { serdes: userSerdes });
  const inline = await context.step('inline', async () => 12, { retryStrategy: retryPresets.noRetry });
  const sum: number = inline + (await context.step(async () => 1, { semantics: StepSemantics.AtLeastOncePerRetry }));
  const started = context.step('early', async () => 'x');
  const chained: string = await started.then((text) => text.toUpperCase());
  const caught = await context.step('risky', async () => loadUser('5')).catch((error: unknown) => String(error));
  const cleaned: User = await context.step('cleanup', body).finally(() => {});
  return [
    inferred,
    anonymous,
    configured,
    anonymousConfigured,
    unnamed,
    explicit.email,
    attempted,
    nothing,
    loose,
  ].concat([widened, sum, chained, caught, cleaned]);
}

export async function waits(context: DurableContext): Promise<void> {
  await context.wait({ seconds: 30 });
  await context.wait('named', { hours: 1, minutes: 30 });
  const long: Duration = { days: 7, hours: 12, minutes: 1, seconds: 1 };
  await context.wait('long', long);
  const backoff: Duration = { seconds: 1 };
  while (backoff.seconds < 8) {
    backoff.seconds *= 2;
    await context.wait(`backoff-${backoff.seconds}`, backoff);
  }
}

/** A strategy written down once and used wherever one is asked for. */
const shared: NonNullable<StepConfig<unknown>['retryStrategy']> = (_error, attempt) => ({ shouldRetry: attempt < 3 });
export const again: boolean = shared(new Error('busy'), 1).shouldRetry;
export const generic = async <T>(context: DurableContext, name: string, fn: () => Promise<T>): Promise<T> =>
  context.step(name, fn, { retryStrategy: shared });
export const semantics: { [Name in StepSemantics]: string } = {
  [StepSemantics.AtLeastOncePerRetry]: 'may run twice',
  [StepSemantics.AtMostOncePerRetry]: 'may not run',
};
