import { hkdfSync } from 'node:crypto';

/** A secret that seals links, under a name that stands in each of its links. */
export interface LinkSecret {
  /** 1 to 32 letters, digits, hyphens and underscores. Never use one again for another secret. */
  id: string;
  /** At least 32 random bytes, or a text of at least 32 bytes that holds as much: `openssl rand -base64 32`. */
  secret: string | Uint8Array;
}

/** The first secret seals new links; the others still open the links that they sealed. */
export type LinkSecrets = readonly LinkSecret[];

export interface LinkKey {
  readonly id: string;
  readonly key: Buffer;
}

export const KEY_ID_PATTERN: RegExp = /^[A-Za-z0-9_-]{1,32}$/;
const MIN_SECRET_BYTES = 32;
/** A secret that serves elsewhere too has another key there. */
const PURPOSE = 'middy-durable callback link, AES-256-GCM, version 1';

/**
 * The keys that secrets stand for.
 * @throws TypeError or RangeError for secrets that can't be used. The message never holds a secret.
 */
export function linkKeys(secrets: unknown): LinkKey[] {
  if (!Array.isArray(secrets) || secrets.length === 0) {
    throw new TypeError('signedCallbackLinks: secrets must be a list of at least one { id, secret }');
  }
  const keys = secrets.map(linkKey);
  for (const [index, { id }] of keys.entries()) {
    if (keys.findIndex((other) => other.id === id) < index) {
      throw new TypeError(`signedCallbackLinks: two secrets have the id ${id}; give each an id of its own`);
    }
  }
  return keys;
}

function linkKey(entry: unknown, index: number): LinkKey {
  const { id, secret } = (entry ?? {}) as { id?: unknown; secret?: unknown };
  if (typeof id !== 'string' || !KEY_ID_PATTERN.test(id)) {
    throw new TypeError(
      `signedCallbackLinks: the id of secret ${index + 1} must be 1 to 32 letters, digits, hyphens or underscores`,
    );
  }
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array)) {
    throw new TypeError(`signedCallbackLinks: secret ${id} must be a text or bytes`);
  }
  const bytes = typeof secret === 'string' ? Buffer.from(secret) : secret;
  if (bytes.byteLength < MIN_SECRET_BYTES) {
    throw new RangeError(
      `signedCallbackLinks: secret ${id} has ${bytes.byteLength} bytes, but needs ${MIN_SECRET_BYTES} random ones; ` +
        'make one with: openssl rand -base64 32',
    );
  }
  return { id, key: Buffer.from(hkdfSync('sha256', bytes, '', PURPOSE, 32)) };
}
