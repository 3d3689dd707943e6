import { IdempotencyKeyError } from '../errors.ts';

/**
 * A payload as JSON sees it, at this moment: what the function does to it later changes no key. A Date becomes its text, and
 * what JSON would lose without a word (a Map, a Set, a BigInt) is refused: two that differ would have one key.
 * @throws IdempotencyKeyError
 */
export function snapshotOf(payload: unknown): unknown {
  if (payload === undefined)
    throw new IdempotencyKeyError(`There is no payload to make a key of: it is undefined. ${FIX}`);
  let text: string | undefined;
  try {
    text = JSON.stringify(payload, (_name, value: unknown) => {
      if (isLost(value)) throw new TypeError(`it holds ${describe(value)}`);
      return value;
    });
  } catch (error) {
    throw new IdempotencyKeyError(`No key can be made of the payload: ${(error as Error).message}. ${FIX}`, {
      cause: error,
    });
  }
  if (text === undefined) throw new IdempotencyKeyError(`No key can be made of a payload that is no JSON. ${FIX}`);
  return JSON.parse(text);
}

const FIX = 'Say with option data (or key) what identifies the call.';

function isLost(value: unknown): boolean {
  if (typeof value === 'bigint') return true;
  if (typeof value === 'number') return !Number.isFinite(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  // By its tag: an object of another realm is as good. An Error has no enumerable members either.
  const tag = Object.prototype.toString.call(value);
  return [
    '[object Map]',
    '[object Set]',
    '[object WeakMap]',
    '[object WeakSet]',
    '[object Promise]',
    '[object Error]',
  ].includes(tag);
}

function describe(value: unknown): string {
  return typeof value === 'object' ? Object.prototype.toString.call(value).slice(8, -1) : String(value);
}
