import type { DurableContext } from '@middy-durable/core';
import { currentDurableInvocation } from '@middy-durable/core/middleware';
import type { Hooks } from '../program/program.ts';
import { answerOf } from './answer-checks.ts';
import { counterOf } from './process-metrics.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { Simulation } from './simulation.ts';

/** What a program of an execution finds in its process. */
export function hooksOf(simulation: Simulation, process: SimulatedProcess, context: DurableContext): Hooks {
  const { world, storage, outside } = simulation;
  const execution = context.executionContext.executionName;
  const quiet = simulation.scenario.faultBudget === 0;
  const facts = simulation.factsOf(execution);
  const invocation = answerOf(context.lambdaContext)?.invocation ?? 0;
  const count = counterOf(process, simulation, execution, invocation);
  return {
    quiet,
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
    bodyStarts(path, attempt, { once, mayBeLeft }) {
      // Without faults nothing is interrupted, so nothing begins twice.
      facts.bodyStarts(path, attempt, once || (quiet && !mayBeLeft));
      const begun = storage.named(execution)?.operations.attemptsOf(path);
      if (once && begun !== undefined && begun > 0 && begun < attempt) {
        world.violate('a start is durable first', `${path} runs attempt ${attempt}, the log has ${begun}`);
      }
      // An attempt that is interrupted does not count, the next one does.
      count(`${path} attempt ${attempt}`, quiet && !mayBeLeft);
      const nonce = simulation.nextBody();
      if (mayBeLeft) facts.readNonces.add(nonce);
      return nonce;
    },
    line(path, { mayBeLeft, mayRepeat }) {
      count(`${path} line`, !mayBeLeft);
      // Code that was left behind prints nothing, and says nothing about what was printed.
      if (context.signal.aborted) return;
      facts.line(path, currentDurableInvocation()?.isRepeating === true, quiet && !mayBeLeft && !mayRepeat);
    },
    handlerEnded: () => facts.counts.handlerEnded(invocation),
    stepRead(path, nonce) {
      facts.readNonces.add(nonce);
      facts.observed(`${path} result`, String(nonce));
      if (!storage.named(execution)?.recordedNonces.has(nonce)) {
        world.violate('a result is durable first', `${path} was read as ${nonce}, which is not in the log`);
      }
    },
    contextRead: (path) => answerOf(context.lambdaContext)?.contexts.add(path),
    observed: (path, fact) => facts.observed(path, fact),
    handOut: (path, callbackId, completion) => outside.handOut(execution, path, callbackId, completion),
    violation: (rule, detail) => world.violate(rule, `${execution}: ${detail}`),
  };
}
