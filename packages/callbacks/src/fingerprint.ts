import { createHash } from 'node:crypto';

/** What messages and logs call something that must not stand there: the same for the same text, and no way back to it. */
export function fingerprint(secret: string): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 12);
}
