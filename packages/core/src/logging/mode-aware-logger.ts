import type { DurableContextLogger, DurableLogger } from './types.ts';

/**
 * A logger that passes lines on only while `shouldLog` says so: `context.logger` is silent during replay. It has `log` only
 * if the target has.
 * @example
 * const lines = [];
 * const print = (line) => lines.push(line);
 * const target = { debug: print, info: print, warn: print, error: print };
 * let replaying = true;
 * const logger = modeAwareLogger(target, () => !replaying);
 * logger.info('charged');
 * replaying = false;
 * logger.info('shipped');
 * lines // => ['shipped']
 */
export function modeAwareLogger<Logger extends DurableLogger>(
  target: Logger,
  shouldLog: () => boolean,
): DurableContextLogger<Logger> {
  // The target's method is looked up at each call: it may be replaced, and it needs its `this`.
  const logger: DurableLogger = {
    debug: (...params) => (shouldLog() ? target.debug(...params) : undefined),
    info: (...params) => (shouldLog() ? target.info(...params) : undefined),
    warn: (...params) => (shouldLog() ? target.warn(...params) : undefined),
    error: (...params) => (shouldLog() ? target.error(...params) : undefined),
  };
  if (target.log) logger.log = (level, ...params) => (shouldLog() ? target.log?.(level, ...params) : undefined);
  return logger as DurableContextLogger<Logger>;
}
