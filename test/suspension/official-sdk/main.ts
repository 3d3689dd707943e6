import { OTHER_DEFECTS, type Scenario, SUSPENSION } from './scenarios.ts';
import { type Engine, sleep } from './two-engines.ts';

/**
 * Runs every scenario on both engines, and prints what was seen as JSON. In a process of its own: a foreign timer that is
 * alive when an invocation begins would pass for its background, and hide one of the handler's when it ends.
 */
const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

// The official SDK logs to the console.
for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const) console[level] = () => {};

async function seenAlone(scenario: Scenario, engine: Engine): Promise<unknown> {
  const seen = await scenario.seen(engine);
  // Handlers that were cut and the official SDK (11.1 #9) leave timers behind.
  while (timers() > 0) await sleep(10);
  return seen;
}

const seen: Record<string, Record<Engine, unknown>> = {};
for (const [name, scenario] of Object.entries({ ...SUSPENSION, ...OTHER_DEFECTS })) {
  seen[name] = { ours: await seenAlone(scenario, 'ours'), official: await seenAlone(scenario, 'official') };
}
process.stdout.write(JSON.stringify(seen), () => process.exit());
