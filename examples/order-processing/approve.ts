// The approver: a process of its own that knows of the order only what stands in its inbox.
import { parseArgs } from 'node:util';
import { localBackend } from '@middy-durable/local';
import { euros } from './orders.ts';
import { type Decision, readApprovalRequest } from './outside/approvals.ts';

const USAGE = 'approve.ts <order id> [--reject] [--by <name>]';

try {
  const { orderId, decision } = readArguments();
  const { callbackId, amount } = readApprovalRequest(orderId);
  const backend = localBackend();
  await backend.callbacks.succeed(callbackId, JSON.stringify(decision));
  await backend.store.close();
  console.log(`${decision.by} ${decision.approved ? 'approves' : 'rejects'} ${orderId} for ${euros(amount)}`);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

function readArguments(): { orderId: string; decision: Decision } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { reject: { type: 'boolean', default: false }, by: { type: 'string', default: 'the approver' } },
  });
  const [orderId, ...rest] = positionals;
  if (orderId === undefined || rest.length > 0) throw new Error(`Give the id of one order: ${USAGE}`);
  return { orderId, decision: { approved: !values.reject, by: values.by } };
}
