import {
  type BatchItemStatus,
  type CompletionConfig,
  type DurableContext,
  type Duration,
  type Serdes,
  StepError,
  StepSemantics,
  type WaitForConditionDecision,
  withDurableExecution,
  withRetry,
} from '@aws/durable-execution-sdk-js';

// What neither may take: shows that the types are there, and are not looser than the official ones.
declare const numbers: Serdes<number>;

export async function misuse(context: DurableContext): Promise<void> {
  // @ts-expect-error a step needs a body
  await context.step('name');
  // @ts-expect-error a body returns a promise
  await context.step('name', () => 1);
  // @ts-expect-error the result is a number
  const text: string = await context.step('name', async () => 1);
  // @ts-expect-error a serdes of another type
  const date: Date = await context.step<Date>('name', async () => new Date(), { serdes: numbers });
  // @ts-expect-error no such option
  await context.step('name', async () => 1, { retries: 3 });
  // @ts-expect-error a strategy answers with a decision
  await context.step('name', async () => 1, { retryStrategy: () => true });
  // @ts-expect-error not one of the semantics
  await context.step('name', async () => 1, { semantics: 'EXACTLY_ONCE' });
  // @ts-expect-error a number is no duration
  await context.wait(5);
  // @ts-expect-error a duration has a unit
  await context.wait('name', {});
  // @ts-expect-error a condition needs a strategy
  await context.waitForCondition(async (state: number) => state, { initialState: 0 });
  // @ts-expect-error polling that goes on needs a delay
  const decision: WaitForConditionDecision = { shouldContinue: true };
  // @ts-expect-error a submitter gets the id, a text
  await context.waitForCallback(async (id: number) => console.log(id));
  // @ts-expect-error items are an array
  await context.map('name', 5, async () => 1);
  // @ts-expect-error the item is a number
  await context.map([1], async (_child, item: string) => item);
  // @ts-expect-error plain promises are not durable
  await context.promise.all([Promise.resolve(1)]);
  // @ts-expect-error a strategy is required
  await withRetry(context, 'name', async () => 1, {});
  // @ts-expect-error the context is not the event
  withDurableExecution(async (_event: string, wrong: string) => wrong);
  // @ts-expect-error thresholds and an own completion exclude each other
  const both: CompletionConfig = { minSuccessful: 1, shouldComplete: () => ({ complete: false }) };
  // @ts-expect-error no such status
  const status: BatchItemStatus = 'RUNNING';
  // @ts-expect-error weeks are no unit
  const weeks: Duration = { weeks: 1 };
  // @ts-expect-error a cause is an error
  const error = new StepError('message', 'cause');
  // @ts-expect-error no such member
  const semantics = StepSemantics.ExactlyOnce;
  // @ts-expect-error no such method
  await context.sleep({ seconds: 1 });
  console.log(decision, text, date, both, status, weeks, error, semantics);
}
