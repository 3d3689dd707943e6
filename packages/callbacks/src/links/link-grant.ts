import { MAX_EXECUTION_ARN_LENGTH } from '@middy-durable/protocol';
import { isCallbackId } from '../client/callback-id.ts';
import { InvalidLinkError } from './invalid-link-error.ts';

/** What a link allows: to complete one callback of one execution, with one of these actions, until it expires. */
export interface LinkGrant {
  readonly callbackId: string;
  readonly durableExecutionArn: string;
  /** Name of the operation that waits. */
  readonly operation: string;
  /** At least one. */
  readonly actions: readonly string[];
  /** For whom the link was made. */
  readonly audience: string | undefined;
  readonly expiresAt: Date;
}

/** 1 to 32 letters, digits, hyphens and underscores, a letter first. */
export const ACTION_PATTERN: RegExp = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const MAX_ACTIONS = 16;
const MAX_OPERATION_LENGTH = 256;
const MAX_AUDIENCE_LENGTH = 320;

/**
 * Refuses what no link can be made of.
 * @throws TypeError or RangeError; the message holds no callback id
 */
export function checkGrant(grant: LinkGrant): void {
  const { callbackId, durableExecutionArn, operation, actions, audience, expiresAt } = grant;
  if (!isCallbackId(callbackId)) {
    throw new TypeError('A link needs the id of a callback, as waitForCallback or createCallback gives it');
  }
  if (!isText(durableExecutionArn, MAX_EXECUTION_ARN_LENGTH)) {
    throw new TypeError('A link needs durableExecutionArn, the ARN of the execution that waits');
  }
  checkPurpose(operation, audience);
  checkActions(actions);
  if (!(expiresAt instanceof Date) || Number.isNaN(expiresAt.getTime())) {
    throw new TypeError('A link needs the moment at which it expires');
  }
}

/** @throws TypeError for what is no name of an operation, or no audience */
export function checkPurpose(operation: unknown, audience: unknown): void {
  if (!isText(operation, MAX_OPERATION_LENGTH)) {
    throw new TypeError(`A link needs the name of the operation that waits, 1 to ${MAX_OPERATION_LENGTH} characters`);
  }
  if (audience !== undefined && !isText(audience, MAX_AUDIENCE_LENGTH)) {
    throw new TypeError(`The audience of a link must be a text of 1 to ${MAX_AUDIENCE_LENGTH} characters, or left out`);
  }
}

/** @throws TypeError or RangeError for anything but 1 to 16 different names of actions */
export function checkActions(actions: readonly string[]): void {
  if (!Array.isArray(actions) || actions.length === 0 || actions.length > MAX_ACTIONS) {
    throw new RangeError(`A link needs 1 to ${MAX_ACTIONS} actions, such as ['approve', 'reject']`);
  }
  for (const action of actions) {
    if (typeof action === 'string' && ACTION_PATTERN.test(action)) continue;
    throw new TypeError(
      'The name of an action must be 1 to 32 letters, digits, hyphens or underscores, and begin with a letter; ' +
        `got ${JSON.stringify(action)}`,
    );
  }
  if (new Set(actions).size < actions.length) throw new TypeError('The actions of a link must be different ones');
}

export function grantText(grant: LinkGrant): string {
  const { callbackId, durableExecutionArn, operation, actions, audience, expiresAt } = grant;
  const seconds = expiresAt.getTime() / 1000;
  return JSON.stringify([callbackId, durableExecutionArn, operation, actions, audience ?? null, seconds]);
}

/** @throws InvalidLinkError for a text that `grantText` did not make: one of another version */
export function readGrant(text: string): LinkGrant {
  try {
    const [callbackId, durableExecutionArn, operation, actions, audience, seconds] = JSON.parse(text);
    const expiresAt = new Date(seconds * 1000);
    const grant = { callbackId, durableExecutionArn, operation, actions, audience: audience ?? undefined, expiresAt };
    checkGrant(grant);
    return grant;
  } catch {
    throw new InvalidLinkError('MALFORMED');
  }
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= longest;
}
