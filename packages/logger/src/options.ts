/** Options of {@link replayAwareLogger} and {@link ReplayAwareLogger}. */
export interface ReplayAwareOptions {
  /**
   * What becomes of a line that an earlier invocation has printed: `suppress` leaves it out, `annotate` prints it with
   * `replay: true`. Default `suppress`.
   */
  replay?: 'suppress' | 'annotate' | undefined;
  /**
   * Whether lines that Powertools holds back for an error (`logBufferOptions`) are printed when the execution suspends. False:
   * they are dropped, and the next invocation holds back those outside of steps anew. Default false.
   */
  flushOnSuspend?: boolean | undefined;
  /** Whether `context.logger` prints by this logger, the first of several. Only for the middleware. Default true. */
  contextLogger?: boolean | undefined;
}

const VALUES: Readonly<Record<keyof ReplayAwareOptions, readonly unknown[]>> = {
  replay: ['suppress', 'annotate'],
  flushOnSuspend: [true, false],
  contextLogger: [true, false],
};

/** @throws TypeError for an option that there is not, or that can't be right */
export function checkOptions(options: unknown, method: string): void {
  if (options === undefined || options === null) return;
  if (typeof options !== 'object')
    throw new TypeError(`${method}: the options must be an object; got ${typeof options}`);
  for (const [name, value] of Object.entries(options)) {
    const allowed = Object.hasOwn(VALUES, name) ? VALUES[name as keyof ReplayAwareOptions] : undefined;
    if (!allowed) {
      throw new TypeError(`${method}: there is no option ${name}; there are ${Object.keys(VALUES).join(', ')}`);
    }
    if (value === undefined || allowed.includes(value)) continue;
    throw new TypeError(`${method}: option ${name} must be one of ${allowed.join(', ')}; got ${String(value)}`);
  }
}
