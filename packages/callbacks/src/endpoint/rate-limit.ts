import { fingerprint } from '../fingerprint.ts';
import type { HttpRequest } from './http-request.ts';

/** What a limit may count by. None of it is secret. */
export interface RateLimitRequest {
  readonly method: string;
  readonly sourceIp: string | undefined;
  /** First digits of a hash of the token, good or bad; undefined where none was shown. */
  readonly tokenFingerprint: string | undefined;
}

/** Whether a request may go on; a number says after how many seconds it may. */
export type RateLimit = (
  request: RateLimitRequest,
) => boolean | { retryAfter: number } | Promise<boolean | { retryAfter: number }>;

/** Seconds until the next try; undefined when the request may go on. */
export async function limited(
  rateLimit: RateLimit | undefined,
  { method, sourceIp }: HttpRequest,
  token: string | undefined,
): Promise<number | undefined> {
  const verdict =
    (await rateLimit?.({ method, sourceIp, tokenFingerprint: token ? fingerprint(token) : undefined })) ?? true;
  if (typeof verdict === 'object') {
    const { retryAfter } = verdict;
    return Number.isFinite(retryAfter) ? Math.max(1, Math.ceil(retryAfter)) : USUAL_RETRY_SECONDS;
  }
  return verdict ? undefined : USUAL_RETRY_SECONDS;
}

const USUAL_RETRY_SECONDS = 60;
