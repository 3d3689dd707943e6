import type { Runtime } from '@middy-durable/protocol';

/** Longest delay that a timer of Node takes; it fires a longer one at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The process as {@link Runtime}: real time, real timers, Node's own list of what keeps the event loop alive. */
export function createProcessRuntime(): Runtime {
  // Our own timers and turns must not pass for work of the user.
  let timers = 0;
  let turns = 0;
  return {
    now: Date.now,
    schedule(callback, ms) {
      timers++;
      let armed = true;
      const end = Date.now() + ms;
      let timer = setTimeout(fire, Math.min(ms, MAX_TIMER_MS));
      function fire(): void {
        const left = end - Date.now();
        if (ms > MAX_TIMER_MS && left > 0) {
          timer = setTimeout(fire, Math.min(left, MAX_TIMER_MS));
          return;
        }
        armed = false;
        try {
          callback();
        } finally {
          timers--; // Node lists a timer until its callback has returned.
        }
      }
      return () => {
        if (!armed) return;
        armed = false;
        timers--;
        clearTimeout(timer);
      };
    },
    nextTurn(callback) {
      turns++;
      setImmediate(() => {
        turns--;
        callback();
      });
    },
    activeResources() {
      const counts = new Map<string, number>();
      for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
      counts.set('Timeout', (counts.get('Timeout') ?? 0) - timers);
      counts.set('Immediate', (counts.get('Immediate') ?? 0) - turns);
      return counts;
    },
    randomId: () => process.getBuiltinModule('node:crypto').randomUUID(),
  };
}

/** The runtime of executions that were not given another one. */
export const processRuntime: Runtime = createProcessRuntime();
