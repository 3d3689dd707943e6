import type { Runtime } from '@middy-durable/protocol';

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
      const timer = setTimeout(() => {
        armed = false;
        timers--;
        callback();
      }, ms);
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
