import type { WakeUpSettings, WakeUpSource } from './wake-up-options.ts';
import { Waker } from './waker.ts';

export type RunWakeUpsOptions = WakeUpSource &
  WakeUpSettings & {
    /** Ends it. */
    signal: AbortSignal;
    /** Seconds after which the changes of other processes are seen, more than 0. Default 1. */
    pollSeconds?: number | undefined;
  };

/** How often this process says that it lives and has the claim, in milliseconds. */
const SIGN_MS = 30_000;

/**
 * Does what the wake-up function does in a process that stays: a container, a server, a laptop. Several may work on one
 * table, also beside the function.
 *
 * Resolves when the signal has aborted and what was begun has ended. Rejects with ValidationException for an option out of
 * range; what goes wrong later is reported and tried again.
 *
 * @example
 * await runWakeUps({ backend: dynamoDBBackend({ tableName: 'durable-executions' }), signal });
 */
export async function runWakeUps(options: RunWakeUpsOptions): Promise<void> {
  const { signal, pollSeconds } = options;
  const waker = new Waker(options);
  const { clock, items } = waker;
  const id = clock.randomId();
  let signedAt = Number.NEGATIVE_INFINITY;
  const sign = async (): Promise<void> => {
    const now = clock.now();
    if (now - signedAt < SIGN_MS) return;
    signedAt = now;
    await Promise.all([items.beat(now), items.take(id, now)]).catch((error: unknown) => waker.report(error));
  };
  if (!signal.aborted) await sign();
  await waker.service().run({
    signal,
    pollSeconds,
    stays: async () => {
      waker.deliver(signal);
      await sign();
      return true;
    },
  });
  await waker.delivered();
  await items.release(id).catch((error: unknown) => waker.report(error));
}
