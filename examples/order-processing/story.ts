import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createService } from '@middy-durable/backend';
import type { ExecutionDescription, HistoryEvent } from '@middy-durable/core';
import { sqliteStore } from '@middy-durable/local';
import type { Order } from './orders.ts';
import { planTroubles, readLedger } from './outside/payments.ts';
import { type Check, checks } from './show/checks.ts';
import { ShownInvocations } from './show/shown-invocations.ts';
import { styled } from './show/text.ts';
import { timeline } from './show/timeline.ts';
import { until } from './show/until.ts';

const ORDER: Order = {
  id: 'order-1042',
  customer: 'ada',
  lines: [
    { article: 'lamp', quantity: 2, price: 4_500 },
    { article: 'desk', quantity: 1, price: 3_990 },
  ],
};
const START = { functionName: 'orders', name: ORDER.id, input: JSON.stringify(ORDER) };

/**
 * Runs the order on the store and the outside world that the environment names, and prints what happens.
 * @returns what was to be shown, and whether it holds
 * @throws Error when the signal aborts before the end
 */
export async function tellStory(signal: AbortSignal): Promise<Check[]> {
  const store = sqliteStore();
  const invocations = new ShownInvocations({
    handlers: { orders: new URL('order.ts', import.meta.url) },
    history: (arn) => history(arn),
    print: console.log,
  });
  const service = createService({ store, invoke: invocations.invoke });
  const { executions } = service.backend;
  const history = async (arn: string): Promise<HistoryEvent[]> => (await executions.history(arn)).Events;
  const loop = new AbortController();
  const looping = service.run({ signal: loop.signal, pollSeconds: 0.1 });
  try {
    planTroubles(['busy', 'no answer']);
    const { DurableExecutionArn: arn } = await service.start(START);
    console.log(`${ORDER.id} is started; its execution is kept in ${store.file}`);

    const before = (what: string, holds: () => Promise<boolean>): Promise<void> =>
      until(what, async () => (await holds()) || failIfEnded(await executions.get(arn), what), signal);
    await before('the order is suspended', async () => invocations.all[0]?.outcome === 'PENDING');
    console.log(`\n${await approveInAnotherProcess(signal)}`);

    await before('the card is charged', async () => isInMiddleOfCharge(await history(arn)));
    console.log(`  ${'kill -9'.padEnd(8)}  the card is charged, and no record says so`);
    process.kill(invocations.latest.pid as number, 'SIGKILL');

    await until('the execution has ended', async () => isFinal((await executions.get(arn)).Status), signal);
    loop.abort();
    await looping;
    const first = await executions.get(arn);
    const firstInvocations = [...invocations.all];
    console.log(`\n${styled('bold', 'timeline')}`);
    for (const line of timeline(await history(arn))) console.log(`  ${/[┌└]/.test(line) ? styled('dim', line) : line}`);

    const { DurableExecutionArn: arnAgain, created } = await service.start(START);
    await service.tick();
    await service.idle();
    const second = await executions.get(arnAgain);
    console.log(`\n${styled('bold', `${ORDER.id} again`)}\n  ${second.Result}\n`);

    return checks({
      status: first.Status,
      result: first.Result,
      invocations: firstInvocations,
      ledger: readLedger(),
      again: {
        created,
        sameExecution: arnAgain === arn,
        result: second.Result,
        invocations: invocations.all.length - firstInvocations.length,
      },
    });
  } finally {
    loop.abort();
    await service.close();
    await invocations.close();
    await store.close();
  }
}

/** @returns what the process printed */
async function approveInAnotherProcess(signal: AbortSignal): Promise<string> {
  const script = fileURLToPath(new URL('approve.ts', import.meta.url));
  const approver = promisify(execFile)(process.execPath, [...process.execArgv, script, ORDER.id, '--by', 'grace'], {
    signal,
  });
  const { stdout } = await approver;
  return `${styled('bold', 'approver')}  process ${approver.child.pid}\n  ${stdout.trim()}`;
}

function isFinal(status: string): boolean {
  return status !== 'RUNNING';
}

/** @throws Error when nothing more can happen */
function failIfEnded({ Status, Error: error }: ExecutionDescription, what: string): false {
  if (!isFinal(Status)) return false;
  throw new Error(`The execution ended as ${Status} before ${what}: ${error?.ErrorType}: ${error?.ErrorMessage}`);
}

/** The attempt's start is recorded, the charge is in the ledger, the attempt's end is not recorded. */
function isInMiddleOfCharge(events: HistoryEvent[]): boolean {
  return events.at(-1)?.EventType === 'StepStarted' && readLedger().some(({ outcome }) => outcome === 'charged');
}
