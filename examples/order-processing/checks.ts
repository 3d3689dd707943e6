import type { Check } from '@middy-durable-examples/shared/run-example.ts';
import type { ShownInvocation } from '@middy-durable-examples/shared/show/shown-invocations.ts';
import type { LedgerEntry } from './outside/payments.ts';

/** What is known when the main job has ended. */
export interface Evidence {
  status: string;
  /** As JSON text. */
  result: string | undefined;
  invocations: ShownInvocation[];
  ledger: LedgerEntry[];
  /** The second start of the same order. */
  again: { created: boolean; sameExecution: boolean; result: string | undefined; invocations: number };
}

/** Compares what happened with what this project promises. */
export function checks({ status, result, invocations, ledger, again }: Evidence): Check[] {
  const ran = (step: string): number =>
    invocations.flatMap((invocation) => invocation.ran).filter((name) => name === step).length;
  const charges = ledger.filter(({ outcome }) => outcome === 'charged');
  const keys = new Set(ledger.map(({ idempotencyKey }) => idempotencyKey));
  const died = invocations.filter(({ outcome }) => outcome === 'DIED');
  const pids = new Set(invocations.map(({ pid }) => pid));
  return [
    {
      what: 'the execution succeeded and the order is processed',
      holds: status === 'SUCCEEDED' && isProcessed(result),
    },
    {
      what: `each of ${invocations.length} invocations had a process of its own`,
      holds: pids.size === invocations.length,
    },
    { what: 'one invocation was killed in the middle of a step', holds: died.length === 1 && isOpenIn(died[0]) },
    {
      what: 'what was recorded ran once: validate-order and send-for-approval',
      holds: ran('validate-order') === 1 && ran('send-for-approval') === 1,
    },
    {
      what: `the card was charged once: ${ledger.length} requests, ${keys.size} idempotency key`,
      holds: charges.length === 1 && keys.size === 1,
    },
    {
      what: 'the same order again ran nothing and got the stored result',
      holds: !again.created && again.sameExecution && again.invocations === 0 && again.result === result,
    },
  ];
}

function isProcessed(result: string | undefined): boolean {
  return result !== undefined && JSON.parse(result).status === 'processed';
}

function isOpenIn(invocation: ShownInvocation | undefined): boolean {
  return invocation?.ran.at(-1) === 'process-order';
}
