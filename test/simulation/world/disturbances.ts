import { decodeCheckpointToken } from '@middy-durable/protocol';
import type { FaultKind } from './fault-plan.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { Simulation } from './simulation.ts';

const KINDS: readonly FaultKind[] = [
  'crash',
  'zombie',
  'clock jump',
  'clock skew',
  'stale token',
  'bad callback id',
  'repeated start',
  'store reopened',
];
/** Against the faults of calls, which have more occasions. */
const RARITY = 3;
const LONGEST_JUMP = 4 * 3_600_000;
const LARGEST_SKEW = 60_000;

/** What goes wrong between two calls: mostly nothing. */
export async function disturb(simulation: Simulation): Promise<void> {
  const { world, scenario, storage, outside } = simulation;
  const kind = world.faults.strike(scenario.mayStop ? [...KINDS, 'stop' as const] : KINDS, RARITY);
  if (kind === undefined) return;
  world.note(kind);
  const { random } = world;
  switch (kind) {
    case 'crash':
      return victim(simulation)?.kill(kind);
    case 'zombie': {
      const process = victim(simulation);
      if (process) process.wakesAtClaim = random.chance(0.5);
      process?.freeze(random.whole(1, scenario.lease * (process.wakesAtClaim ? 20_000 : 2000)));
      return;
    }
    case 'clock jump':
      world.now += random.whole(1, LONGEST_JUMP);
      return;
    case 'clock skew': {
      const process = victim(simulation);
      if (process) process.skew = Math.max(process.skew, random.whole(1, LARGEST_SKEW));
      return;
    }
    case 'stale token':
      return sendStale(simulation);
    case 'bad callback id': {
      const [run] = storage.runs.keys();
      if (run !== undefined) outside.completeUnknown(run);
      return;
    }
    case 'repeated start':
      return outside.start(random.pick(scenario.executions));
    case 'store reopened':
      return storage.reopen();
    case 'stop': {
      // What stops a called function fails its caller: the result would differ.
      const names = new Set(scenario.executions);
      const arns = [...storage.runs.values()].flatMap(({ run }) => (names.has(run.name) ? [run.arn] : []));
      if (arns.length > 0) outside.stop(random.pick(arns));
      return;
    }
  }
}

function victim({ processes, world }: Simulation): SimulatedProcess | undefined {
  const alive = processes.filter((process) => process.alive && !process.immortal);
  return alive.length > 0 ? world.random.pick(alive) : undefined;
}

/** Only a token that is stale already: what is current now could still be when it arrives. */
function sendStale({ functions, storage, world, outside }: Simulation): void {
  const stale = functions.requests.filter(({ CheckpointToken }) => {
    const { runId, invocationId, sequence } = decodeCheckpointToken(CheckpointToken);
    const run = storage.runs.get(runId);
    return run !== undefined && (run.sequence !== sequence || run.invocation?.id !== invocationId);
  });
  if (stale.length > 0) outside.sendStale(world.random.pick(stale), world.random.bits());
}
