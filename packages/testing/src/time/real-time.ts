/** The process's own time, taken at import: a test that replaces the global timers does not stop the runner. */
const { setImmediate: nextImmediate, setTimeout: startTimer } = globalThis;
const monotonicNow: () => number = performance.now.bind(performance);

// Facts about the process, like the list of its resources: which of its timers and turns are ours, whichever runner's.
let timers = 0;
let turns = 0;

/** Milliseconds on a clock that never goes back. Only differences mean something. */
export function realNow(): number {
  return monotonicNow();
}

/** Runs `callback` in the next turn of the event loop. */
export function onRealTurn(callback: () => void): void {
  turns += 1;
  nextImmediate(() => {
    turns -= 1;
    callback();
  });
}

/** Resolves in the next turn of the event loop. */
export function realTurn(): Promise<void> {
  return new Promise(onRealTurn);
}

/** Resolves after `ms` real milliseconds. */
export function realPause(ms: number): Promise<void> {
  timers += 1;
  return new Promise((resolve) => {
    startTimer(() => {
      timers -= 1;
      resolve();
    }, ms);
  });
}

/** What keeps the process's event loop busy, counted by kind, without what this module started. */
export function processResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  subtract(counts, 'Timeout', timers);
  subtract(counts, 'Immediate', turns);
  return counts;
}

function subtract(counts: Map<string, number>, kind: string, own: number): void {
  const count = counts.get(kind);
  if (count !== undefined) counts.set(kind, Math.max(0, count - own));
}
