import { journal } from '@middy-durable-examples/shared/outside/journal.ts';
import type { Order } from '../orders.ts';

/** What the approver is asked. */
export interface ApprovalRequest {
  order: string;
  /** Cents. */
  amount: number;
  /** With this id the answer finds its execution. */
  callbackId: string;
}

/** What the approver answers. */
export interface Decision {
  approved: boolean;
  by: string;
}

const inbox = journal<ApprovalRequest>('order-approvals.jsonl');

/** Puts a request into the approver's inbox. */
export async function askApprover({ id, amount }: Order, callbackId: string): Promise<void> {
  inbox.note({ order: id, amount, callbackId });
}

export function readInbox(): ApprovalRequest[] {
  return inbox.read();
}
