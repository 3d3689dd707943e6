import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { outsideFile } from '@middy-durable-examples/shared/outside/folder.ts';

/** What the approver is asked. */
export interface ApprovalRequest {
  orderId: string;
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

/** Puts the request into the approver's inbox. The same request again changes nothing. */
export async function sendForApproval(request: ApprovalRequest): Promise<void> {
  writeFileSync(inboxFile(request.orderId), JSON.stringify(request));
}

/** @throws Error when no request for this order has arrived */
export function readApprovalRequest(orderId: string): ApprovalRequest {
  const file = inboxFile(orderId);
  if (!existsSync(file)) {
    throw new Error(`No approval is asked for order '${orderId}' (there is no ${file}). Start the order first.`);
  }
  return JSON.parse(readFileSync(file, 'utf8'));
}

function inboxFile(orderId: string): string {
  return outsideFile(`approval-${encodeURIComponent(orderId)}.json`);
}
