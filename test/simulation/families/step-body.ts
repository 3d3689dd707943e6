import { NonRetryableError, type StepContext } from '@middy-durable/core';
import type { Scope } from '../program/program.ts';
import { resultOf, type StepNode, type StepValue } from './step.ts';

/** The body of a step: what it does depends on the attempt's number only. */
export function bodyOf(
  node: StepNode,
  { hooks, path, mayBeLeft }: Scope,
): (context: StepContext) => Promise<StepValue | undefined> {
  const startsFirst = node.atMostOnce || node.timeout !== undefined || node.onInterrupted !== undefined;
  return async ({ attempt, signal, idempotencyKey }) => {
    const nonce = hooks.bodyStarts(path, attempt, { once: startsFirst, mayBeLeft });
    hooks.observed(`${path} idempotency key`, idempotencyKey);
    if (node.duration > 0) await hooks.sleep(node.duration);
    const end = node.failures[attempt - 1] ?? node.last;
    switch (end) {
      case 'hangs':
        return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      case 'throws':
      case 'isGivenUp':
        throw new RangeError(`${node.key} fails`);
      case 'isFatal':
        throw new NonRetryableError(`${node.key} is fatal`);
      case 'succeeds':
        hooks.effects.set(path, nonce);
        return resultOf(node, nonce);
    }
  };
}
