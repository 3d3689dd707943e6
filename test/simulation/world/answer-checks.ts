import { parseExecutionArn } from '@middy-durable/protocol';
import type { SimulatedProcess } from './simulated-process.ts';
import type { Simulation } from './simulation.ts';

/** What one invocation's code has read: hangs on the Lambda context of the invocation. */
export interface Answer {
  /** Paths of the child contexts whose result it got. */
  readonly contexts: Set<string>;
  /** Its number, over all executions of the world. */
  readonly invocation: number;
}

const ANSWER = Symbol('answer');

/** A Lambda context with the notes of its invocation. */
export function withAnswer<T extends object>(lambdaContext: T, invocation: number): T {
  return Object.assign(lambdaContext, { [ANSWER]: { contexts: new Set<string>(), invocation } satisfies Answer });
}

export function answerOf(lambdaContext: object): Answer | undefined {
  return (lambdaContext as { [ANSWER]?: Answer })[ANSWER];
}

/** An invocation has answered: what its code went on with must be in the log, and nothing may have been withheld from it. */
export function checkAnswer(
  simulation: Simulation,
  process: SimulatedProcess,
  arn: string,
  { contexts }: Answer,
  output: unknown,
): void {
  const { world, storage, scenario } = simulation;
  const { name } = parseExecutionArn(arn);
  const run = storage.named(name);
  if (!process.alive || run === undefined) return;
  // Stopped or out of time: nobody takes its records any more.
  if (run.end?.type === 'ExecutionStopped' || run.end?.type === 'ExecutionTimedOut') return;
  for (const path of contexts) {
    if (!run.operations.isOver(path)) world.violate('a context is durable before the answer', `${name}: ${path}`);
  }
  const isPending = (output as { Status?: string }).Status === 'PENDING';
  if (scenario.faultBudget > 0 || !isPending) return;
  for (const nonce of run.recordedNonces) {
    if (simulation.factsOf(name).readNonces.has(nonce)) continue;
    world.violate(
      'nothing is suspended that can move',
      `${name}: the result of body ${nonce} was recorded, nobody got it`,
    );
  }
}
