import { decodeList, encodeList } from './base64-json.ts';
import { InvalidParameterValueException } from './errors.ts';
import { MAX_CALLBACK_ID_LENGTH } from './limits.ts';

/** Where a callback is found without a search. */
export interface CallbackAddress {
  runId: string;
  operationId: string;
}

const KIND = 'callback';

/**
 * The id of a callback. `secret` is random text that makes it unguessable: the id is kept with its operation, and who
 * completes a callback must show the same one. Throws RangeError for one longer than the wire takes (1024 characters).
 */
export function encodeCallbackId({ runId, operationId }: CallbackAddress, secret: string): string {
  const text = encodeList([KIND, runId, operationId, secret]);
  if (text.length > MAX_CALLBACK_ID_LENGTH) {
    throw new RangeError(
      `The callback id of operation ${operationId} in run ${runId} has ${text.length} characters: use shorter ids.`,
    );
  }
  return text;
}

/**
 * The address in a callback id. Throws InvalidParameterValueException for anything that `encodeCallbackId` did not
 * make. It does not prove that the id was handed out: compare it, in constant time, with the one kept.
 */
export function decodeCallbackId(text: string): CallbackAddress {
  const [kind, runId, operationId, secret, ...more] = decodeList(text, MAX_CALLBACK_ID_LENGTH) ?? [];
  if (
    kind !== KIND ||
    typeof runId !== 'string' ||
    typeof operationId !== 'string' ||
    typeof secret !== 'string' ||
    more.length > 0
  ) {
    throw new InvalidParameterValueException('Invalid callback id');
  }
  return { runId, operationId };
}
