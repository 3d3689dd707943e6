import type { DurableContext } from '@middy-durable/core';
import { causes } from '../../support/error-chain.ts';

export { rejection as thrownBy } from '../../support/error-chain.ts';

/** One attempt. */
export const NO_RETRY = { retryStrategy: () => ({ shouldRetry: false }) };

/** Three attempts, a second apart. */
export const RETRY_SOON = {
  retryStrategy: (_error: Error, attempt: number) => ({ shouldRetry: attempt < 3, delay: { seconds: 1 } }),
};

/** An error and its cause, as a result of a workflow. Deeper causes differ: 11.3 #28. */
export function story(error: Error): string[] {
  return causes(error).slice(0, 2);
}

/** A step that fails at once, of any type that its place wants. */
export function failing<Result = never>(context: DurableContext, name: string) {
  return context.step<Result>(name, async () => Promise.reject(new RangeError(`${name} failed`)), NO_RETRY);
}

/** Doubles a number in a step; below zero fails. */
export async function double(context: DurableContext, value: number): Promise<number> {
  if (value < 0) throw new RangeError(`no ${value}`);
  return context.step('double', async () => value * 2);
}

/** Doubles a number, so many seconds later. */
export async function waitAndDouble(context: DurableContext, value: number): Promise<number> {
  await context.wait('before', { seconds: value });
  return double(context, value);
}

/** 100,000 characters, made in a step. */
export function fill(context: DurableContext, value: number): Promise<string> {
  return context.step('fill', async () => `${value}`.repeat(100_000));
}
