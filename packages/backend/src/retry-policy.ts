import { createHash } from 'node:crypto';
import { type ErrorObject, ValidationException } from '@middy-durable/protocol';
import { checkWhole } from './check-whole.ts';

/** The same code would be found not to fit again at once. */
const LEAST_BLOCK_DELAY_MS = 100;

/** How often and how fast an invocation is repeated that did not answer properly. */
export interface InvocationRetries {
  /** Retries, at once, of a broken runtime (`Runtime.*`, `Sandbox.*` except `Sandbox.Timedout`, `Extension.*`). Default 3. */
  immediate?: number | undefined;
  /** Seconds before the first retry of any other failure. Default 1. */
  initialDelaySeconds?: number | undefined;
  /** Growth of the delay from retry to retry. Default 2. */
  factor?: number | undefined;
  /** Longest delay in seconds. Default 3600. */
  maxDelaySeconds?: number | undefined;
  /** `full` (default) takes a random part of the delay, `none` all of it. */
  jitter?: 'full' | 'none' | undefined;
  /** Failures in a row after which the execution fails, whatever they were. Default 10. */
  maxAttempts?: number | undefined;
}

export interface RetryPolicy {
  /** After an invocation that did not answer properly, the last of so many in a row. */
  (error: ErrorObject, failures: number): { retryAfterMs: number } | 'giveUp';
  /** After an invocation whose code does not fit the record, the last of so many: milliseconds. There is no giving up. */
  afterBlock(blocks: number): number;
}

/**
 * The service's rule, with numbers of one's own and an end: nothing that fails is retried for ever.
 *
 * @param randomId Source of the jitter.
 */
export function createRetryPolicy(options: InvocationRetries, randomId: () => string): RetryPolicy {
  const immediate = checkWhole(options.immediate ?? 3, 'retries.immediate', 0, Number.MAX_SAFE_INTEGER);
  const maxAttempts = checkWhole(options.maxAttempts ?? 10, 'retries.maxAttempts', 1, Number.MAX_SAFE_INTEGER);
  const initial = checkAtLeast(options.initialDelaySeconds ?? 1, 'retries.initialDelaySeconds', 0);
  const factor = checkAtLeast(options.factor ?? 2, 'retries.factor', 1);
  const longest = checkAtLeast(options.maxDelaySeconds ?? 3600, 'retries.maxDelaySeconds', 0);
  const delay = (times: number): number => {
    const seconds = Math.min(initial * factor ** (times - 1), longest);
    const part = options.jitter === 'none' ? 1 : fraction(randomId());
    return Math.ceil(seconds * 1000 * part);
  };
  const afterCrash = (error: ErrorObject, failures: number): { retryAfterMs: number } | 'giveUp' => {
    if (failures >= maxAttempts) return 'giveUp';
    if (isBrokenRuntime(error)) return failures > immediate ? 'giveUp' : { retryAfterMs: 0 };
    return { retryAfterMs: delay(failures) };
  };
  return Object.assign(afterCrash, { afterBlock: (blocks: number) => Math.max(delay(blocks), LEAST_BLOCK_DELAY_MS) });
}

function isBrokenRuntime({ ErrorType = '' }: ErrorObject): boolean {
  return ErrorType !== 'Sandbox.Timedout' && /^(Runtime|Sandbox|Extension)\./.test(ErrorType);
}

/** A number from 0 to 1 out of an id: the clock is the only source of chance, so a seeded one repeats it. */
function fraction(id: string): number {
  return createHash('sha256').update(id).digest().readUInt32BE(0) / 2 ** 32;
}

function checkAtLeast(value: number, name: string, least: number): number {
  if (Number.isFinite(value) && value >= least) return value;
  throw new ValidationException(`${name} must be a number of at least ${least}, not ${value}.`);
}
