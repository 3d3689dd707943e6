import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { InvalidLinkError } from './invalid-link-error.ts';
import { KEY_ID_PATTERN, type LinkKey } from './link-keys.ts';

/*
 * A token is `1.<key id>.<base64url of nonce, ciphertext and tag>`. Version and key id are authenticated with it. Nonces are 96
 * random bits, so a key is good for 2^32 links; no two tokens have the same one, which makes it the token's id as well.
 */
const VERSION = '1';
const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Tokens in a text, wherever they stand in it. */
export const TOKENS_IN_TEXT: RegExp = /\b1\.[A-Za-z0-9_-]{1,32}\.[A-Za-z0-9_-]{20,}/g;

/** Longest token that is looked at. Those of the longest callback id and ARN are shorter. */
export const MAX_TOKEN_LENGTH = 6144;

export interface Unsealed {
  id: string;
  text: string;
}

export function seal({ id, key }: LinkKey, text: string): { id: string; token: string } {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(`${VERSION}.${id}`));
  const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return { id: nonce.toString('base64url'), token: `${VERSION}.${id}.${sealed.toString('base64url')}` };
}

/** @throws InvalidLinkError for all that `seal` did not make with one of these keys */
export function unseal(keys: readonly LinkKey[], token: unknown): Unsealed {
  if (typeof token !== 'string' || token.length > MAX_TOKEN_LENGTH) throw new InvalidLinkError('MALFORMED');
  const [version, id = '', body = '', ...more] = token.split('.');
  if (version !== VERSION || more.length > 0 || !KEY_ID_PATTERN.test(id)) throw new InvalidLinkError('MALFORMED');
  const sealed = Buffer.from(body, 'base64url');
  // Node reads past what is no base64url, and drops bits: only the one spelling that `seal` wrote counts.
  if (sealed.length < NONCE_BYTES + TAG_BYTES || sealed.toString('base64url') !== body) {
    throw new InvalidLinkError('MALFORMED');
  }
  const key = keys.find((one) => one.id === id);
  if (key === undefined) throw new InvalidLinkError('UNKNOWN_KEY');
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(ALGORITHM, key.key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(`${VERSION}.${id}`));
  // Compared in constant time, by OpenSSL.
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    const opened = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    return { id: nonce.toString('base64url'), text: opened.toString('utf8') };
  } catch {
    throw new InvalidLinkError('NOT_AUTHENTIC');
  }
}
