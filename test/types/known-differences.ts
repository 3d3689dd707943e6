import {
  type BatchResult,
  type DurableContext,
  type DurableExecutionInvocationInput,
  type DurableLogger,
  defaultSerdes,
  NestingType,
  type RetryStrategyConfig,
  type StepFunc,
  type WireOperation,
} from '@aws/durable-execution-sdk-js';

// Code that compiles against the official SDK and not against ours, each with its reason. official-code.test.ts holds this
// list to be exact: the line after each `Differs` is refused by our types, and no other line is.

export function moment(operation: WireOperation): Date | undefined {
  const { StartTimestamp: at } = operation;
  // Differs (backends of ours send epoch milliseconds): a timestamp that is no text may be a number.
  return typeof at === 'string' ? new Date(at) : at;
}

export function marker({ InitialExecutionState: state }: DurableExecutionInvocationInput): string | undefined {
  // Differs (backends in other languages send it): the marker of the last page may be null.
  return state.NextMarker;
}

export async function byHand(body: StepFunc<string>, logger: DurableLogger): Promise<string> {
  // Differs (steps have a signal and an idempotency key too): a body called by hand needs all that its context promises.
  return body({ logger, attempt: 1 });
}

// Differs (the execution's name and whether it is the first invocation are known too): so does a context made by hand.
export const execution: DurableContext['executionContext'] = { durableExecutionArn: 'arn' };

// Differs (an explicit undefined means the default): members of options may be undefined where they are read back.
export const options = (given: RetryStrategyConfig): { maxAttempts?: number } => ({ ...given });

export function extended(given: RetryStrategyConfig): void {
  // Differs (lists of constants can be given): lists in options are read-only.
  given.retryableErrors?.push('busy');
}

export function changed(failed: boolean): NestingType {
  let nesting = NestingType.FLAT;
  // Differs (our enumerations take plain strings too): a variable begun with a member is of that member's type.
  if (failed) nesting = NestingType.NESTED;
  return nesting;
}

export function overwritten(batch: BatchResult<string>): void {
  // Differs (a result is a record of what happened): its members are read-only.
  batch.hasFailure = false;
}

export async function untypedCallback(context: DurableContext): Promise<string> {
  const answer = await context.waitForCallback('approve', async () => {}, { serdes: defaultSerdes });
  // Differs (the official type is `any`): a result read by a serdes for whatever values needs a type argument.
  return answer.approvedBy;
}
