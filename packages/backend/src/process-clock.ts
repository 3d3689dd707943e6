import { randomUUID } from 'node:crypto';
import type { Clock } from '@middy-durable/protocol';

/** Node fires longer timers at once, so a longer delay is slept in pieces. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock of this process. */
export const processClock: Clock = {
  now: () => Date.now(),
  randomId: () => randomUUID(),
  schedule(callback, ms) {
    const until = Date.now() + ms;
    let timer: NodeJS.Timeout;
    const arm = (left: number): void => {
      timer = setTimeout(
        () => (left > LONGEST_TIMER_MS ? arm(until - Date.now()) : callback()),
        Math.min(Math.max(left, 0), LONGEST_TIMER_MS),
      );
    };
    arm(ms);
    return () => clearTimeout(timer);
  },
};
