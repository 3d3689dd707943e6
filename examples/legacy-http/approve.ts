// The approver: approve.ts <name of the execution> [--reject], with TABLE_NAME for those on Lambda.
import { parseArgs } from 'node:util';
import { historyOf } from '@middy-durable-examples/shared/show/executions.ts';
import { backend } from './backend.ts';
import type { Decision } from './outside/approvals.ts';

const options = { reject: { type: 'boolean', default: false } } as const;
const { values, positionals } = parseArgs({ allowPositionals: true, options });
const [name] = positionals;
if (name === undefined) throw new Error('Give the name of an execution: approve.ts <name> [--reject]');

const decision: Decision = { approved: !values.reject, by: 'grace' };
await backend.callbacks.succeed(await questionOf(name), JSON.stringify(decision));
console.log(`${decision.by} ${decision.approved ? 'approves' : 'rejects'} ${name}`);

/** The id of the callback that the newest execution of a name waits for; on Lambda nobody sees the pretended inbox. */
async function questionOf(name: string): Promise<string> {
  const { DurableExecutions } = await backend.executions.list({ name });
  const arn = DurableExecutions[0]?.DurableExecutionArn;
  const events = arn === undefined ? [] : await historyOf(backend, arn);
  const callbackId = events.findLast(({ CallbackStartedDetails }) => CallbackStartedDetails)?.CallbackStartedDetails
    ?.CallbackId;
  if (callbackId === undefined) throw new Error(`No execution with the name ${name} has asked for an approval.`);
  return callbackId;
}
