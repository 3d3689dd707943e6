import { setTimeout as pause } from 'node:timers/promises';

const LOOK_EVERY_MS = 25;

/**
 * Resolves once `holds` does.
 * @throws Error that names `what` when the signal aborts before
 */
export async function until(what: string, holds: () => boolean | Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!(await holds())) {
    if (signal.aborted) throw new Error(`Gave up waiting until ${what}: ${signal.reason?.message ?? 'aborted'}`);
    await pause(LOOK_EVERY_MS);
  }
}
