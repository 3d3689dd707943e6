/** What was wrong with a link. For who runs the endpoint; whoever shows the link must not learn it. */
export type InvalidLinkReason = 'MALFORMED' | 'UNKNOWN_KEY' | 'NOT_AUTHENTIC' | 'EXPIRED';

/**
 * A link that gives no right: changed, cut off, of another key, or out of time. The message is the same for all of them.
 * @example
 * const grant = await links.open(token).catch((error) => {
 *   if (error instanceof InvalidLinkError) return undefined; // error.reason says what was wrong
 *   throw error;
 * });
 */
export class InvalidLinkError extends Error {
  /** What was wrong. It belongs into logs, not into an answer. */
  readonly reason: InvalidLinkReason;

  constructor(reason: InvalidLinkReason) {
    super('The link is not valid, or not valid any more.');
    this.name = 'InvalidLinkError';
    this.reason = reason;
  }
}
