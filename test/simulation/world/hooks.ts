import type { Hooks } from '../program/program.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { Simulation } from './simulation.ts';

/** What a program of an execution finds in its process. */
export function hooksOf(simulation: Simulation, process: SimulatedProcess, execution: string): Hooks {
  const { world, storage, outside } = simulation;
  const facts = simulation.factsOf(execution);
  return {
    effects: facts.effects,
    sleep: (ms) =>
      new Promise((resolve) => {
        process.visibleTimers += 1;
        const wake = (): void => {
          process.visibleTimers -= 1;
          resolve();
        };
        world.schedule(process, wake, ms);
      }),
    bodyStarts(path, attempt, once) {
      facts.bodyStarts(path, attempt, once);
      const begun = storage.named(execution)?.operations.attemptsOf(path);
      if (once && begun !== undefined && begun > 0 && begun < attempt) {
        world.violate('a start is durable first', `${path} runs attempt ${attempt}, the log has ${begun}`);
      }
      return simulation.nextBody();
    },
    stepRead(path, nonce) {
      facts.observed(`${path} result`, String(nonce));
      if (!storage.named(execution)?.recordedNonces.has(nonce)) {
        world.violate('a result is durable first', `${path} was read as ${nonce}, which is not in the log`);
      }
    },
    observed: (path, fact) => facts.observed(path, fact),
    handOut: (path, callbackId, completion) => outside.handOut(execution, path, callbackId, completion),
    violation: (rule, detail) => world.violate(rule, `${execution}: ${detail}`),
  };
}
