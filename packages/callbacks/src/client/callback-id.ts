import { BASE64_PATTERN, MAX_CALLBACK_ID_LENGTH } from '@middy-durable/protocol';

/** Whether it can be the id of a callback. */
export function isCallbackId(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_CALLBACK_ID_LENGTH && BASE64_PATTERN.test(value);
}
