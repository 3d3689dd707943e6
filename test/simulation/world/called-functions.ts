import type { Functions, FunctionTarget, InvocationContext } from '@middy-durable/backend';
import { answerPlainly, type CallInput, type CallTarget, type InvokeNode } from '../families/invoke.ts';
import { find } from '../program/find.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { Simulation } from './simulation.ts';

/** Seconds: more than all that goes wrong, less than a late answer takes. */
const BRIEF = 5 * 86_400;

/** The functions that programs call, as a backend or a service in `process` knows them. */
export function calledFunctions(simulation: Simulation, process: SimulatedProcess): Functions {
  const functions: Record<Exclude<CallTarget, 'nobody'>, FunctionTarget> = {
    called: {},
    'called-briefly': { executionTimeout: BRIEF },
    'called-plainly': { durable: false },
    'called-here': {
      durable: false,
      handler: (event, { requestId }: InvocationContext) => plainAnswer(simulation, process, event, requestId),
    },
  };
  return functions;
}

/** An ordinary function answers in a process. */
export async function plainAnswer(
  { scenario, storage, world }: Simulation,
  process: SimulatedProcess,
  event: unknown,
  requestId: string,
): Promise<unknown> {
  const { key } = event as CallInput;
  world.note(`  a call for ${key} in ${process.name}`);
  try {
    return await answerPlainly(find(scenario.program, key) as InvokeNode, (ms) => process.sleep(ms));
  } finally {
    storage.answered.add(requestId);
  }
}
