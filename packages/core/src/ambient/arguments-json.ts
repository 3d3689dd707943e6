import { isMessage } from '../batch-item-failures.ts';
import { LambdaMembers } from '../lambda-members.ts';

/**
 * JSON of a call's arguments, without what is new in each invocation although the same is meant: a Lambda context, which
 * counts as null, and what a queue adds to each delivery of a message. With them a call would not find its own record.
 */
export function argumentsJson(args: readonly unknown[]): string {
  return JSON.stringify(args, (_name, value: unknown) => {
    if (isLambdaContext(value)) return null;
    return isMessage(value) ? { ...value, receiptHandle: undefined, attributes: undefined } : value;
  });
}

function isLambdaContext(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { getRemainingTimeInMillis } = value as { getRemainingTimeInMillis?: unknown };
  return value instanceof LambdaMembers || typeof getRemainingTimeInMillis === 'function';
}
