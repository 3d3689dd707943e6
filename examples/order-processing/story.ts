import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { HistoryEvent } from '@middy-durable/core';
import type { Check } from '@middy-durable-examples/shared/run-example.ts';
import { styled } from '@middy-durable-examples/shared/show/text.ts';
import { onStage, type Stage } from '@middy-durable-examples/shared/stage.ts';
import { checks } from './checks.ts';
import type { Order } from './orders.ts';
import { planTroubles, readLedger } from './outside/payments.ts';

const ORDER: Order = {
  id: 'order-1042',
  customer: 'ada',
  lines: [
    { article: 'lamp', quantity: 2, price: 4_500 },
    { article: 'desk', quantity: 1, price: 3_990 },
  ],
};

/**
 * Runs the order on the store and the outside world that the environment names, and prints what happens.
 * @returns what was to be shown, and whether it holds
 * @throws Error when the signal aborts before the end
 */
export async function tellStory(signal: AbortSignal): Promise<Check[]> {
  const handler = new URL('order.ts', import.meta.url);
  return onStage({ functionName: 'orders', handler, signal }, (stage) => playOrder(stage, signal));
}

async function playOrder(stage: Stage, signal: AbortSignal): Promise<Check[]> {
  planTroubles(['busy', 'no answer']);
  const { arn } = await stage.start(ORDER.id, ORDER);

  await stage.before(arn, 'the order is suspended', () => stage.invocations.all[0]?.outcome === 'PENDING');
  console.log(`\n${await approveInAnotherProcess(signal)}`);

  await stage.before(arn, 'the card is charged', async () => isInMiddleOfCharge(await stage.history(arn)));
  stage.kill('the card is charged, and no record says so');

  const first = await stage.end(arn);
  const invocations = [...stage.invocations.all];
  await stage.printTimeline(arn);

  const { arn: arnAgain, created } = await stage.start(ORDER.id, ORDER);
  const second = await stage.end(arnAgain);
  console.log(`${styled('bold', `${ORDER.id} again`)}\n  ${second.Result}\n`);

  return checks({
    status: first.Status,
    result: first.Result,
    invocations,
    ledger: readLedger(),
    again: {
      created,
      sameExecution: arnAgain === arn,
      result: second.Result,
      invocations: stage.invocations.all.length - invocations.length,
    },
  });
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

/** The attempt's start is recorded, the charge is in the ledger, the attempt's end is not recorded. */
function isInMiddleOfCharge(events: HistoryEvent[]): boolean {
  return events.at(-1)?.EventType === 'StepStarted' && readLedger().some(({ outcome }) => outcome === 'charged');
}
