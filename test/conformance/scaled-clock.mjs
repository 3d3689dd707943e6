import { randomUUID } from 'node:crypto';

/** A clock that runs `rate` times as fast as the process's, from the same start. */
export function scaledClock(rate) {
  const origin = Date.now();
  const now = () => Math.round(origin + (Date.now() - origin) * rate);
  return {
    now,
    randomId: randomUUID,
    schedule(callback, ms) {
      const timer = setTimeout(callback, Math.max(0, ms) / rate);
      return () => clearTimeout(timer);
    },
    /** The moment of the process's clock at which this one shows `at`. */
    toProcessTime: (at) => Date.now() + (at - now()) / rate,
  };
}
