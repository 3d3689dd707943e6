import { createHmac, createPublicKey, type KeyObject, timingSafeEqual, verify } from 'node:crypto';

/** What a signature proves, and over what: Standard Webhooks (https://www.standardwebhooks.com). */
export interface SignedMessage {
  /** Of `webhook-id`, `webhook-timestamp` and `webhook-signature`. */
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  readonly signatures: string | undefined;
  readonly body: Buffer;
}

/** A secret to compare with (`whsec_`), or a public key (`whpk_`). */
export type WebhookKey =
  | { readonly scheme: 'v1'; readonly secret: Buffer }
  | { readonly scheme: 'v1a'; readonly key: KeyObject };

const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;
const ED25519_BYTES = 32;
const MAX_ID_LENGTH = 256;
/** Signatures of one message: enough for any change of keys, and no work without end. */
const MAX_SIGNATURES = 16;

/**
 * @throws TypeError for a text that is no key of Standard Webhooks; the message does not hold it
 */
export function webhookKey(text: unknown, index: number): WebhookKey {
  const [, prefix, base64 = ''] = /^(whsec_|whpk_)([A-Za-z0-9+/]+={0,2})$/.exec(String(text)) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  if (prefix === 'whsec_' && bytes.length >= MIN_SECRET_BYTES && bytes.length <= MAX_SECRET_BYTES) {
    return { scheme: 'v1', secret: bytes };
  }
  if (prefix === 'whpk_' && bytes.length === ED25519_BYTES) {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') };
    return { scheme: 'v1a', key: createPublicKey({ key: jwk, format: 'jwk' }) };
  }
  throw new TypeError(
    `callbackEndpoint: secret ${index + 1} of webhooks must be whsec_ and 24 to 64 bytes in base64, or whpk_ and the 32 bytes of ` +
      'an Ed25519 public key',
  );
}

/** Whether one of the keys signed the message, and not longer than `toleranceSeconds` ago or ahead. */
export function isSigned(
  keys: readonly WebhookKey[],
  { id, timestamp, signatures, body }: SignedMessage,
  nowSeconds: number,
  toleranceSeconds: number,
): boolean {
  if (!id || id.length > MAX_ID_LENGTH || !timestamp || !/^\d{1,12}$/.test(timestamp) || !signatures) return false;
  // Asked so that a clock that is none refuses.
  if (!(Math.abs(nowSeconds - Number(timestamp)) <= toleranceSeconds)) return false;
  const content = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  const shown = signatures.split(' ', MAX_SIGNATURES).flatMap((signature) => {
    const [scheme, base64, ...more] = signature.split(',');
    return base64 !== undefined && more.length === 0 ? [{ scheme, bytes: Buffer.from(base64, 'base64') }] : [];
  });
  let signed = false;
  for (const key of keys) {
    const expected = key.scheme === 'v1' ? createHmac('sha256', key.secret).update(content).digest() : undefined;
    for (const { scheme, bytes } of shown) {
      if (scheme !== key.scheme) continue;
      // Every signature is looked at, whichever fits: the time tells nothing.
      if (expected) signed = (bytes.length === expected.length && timingSafeEqual(bytes, expected)) || signed;
      else if (key.scheme === 'v1a') signed = verify(null, content, key.key, bytes) || signed;
    }
  }
  return signed;
}
