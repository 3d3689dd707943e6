import { journal } from '@middy-durable-examples/shared/outside/journal.ts';
import type { ToolCall } from '../conversation.ts';

/** What a person is asked. */
export interface ApprovalRequest extends ToolCall {
  /** With this id the answer finds its execution. */
  callbackId: string;
}

/** What the person answers. */
export interface Decision {
  approved: boolean;
  by: string;
}

const inbox = journal<ApprovalRequest>('approvals.jsonl');

/** Puts the request into the inbox of whoever decides. */
export async function askForApproval(request: ApprovalRequest): Promise<void> {
  inbox.note(request);
}

/** All requests so far, oldest first. */
export function readInbox(): ApprovalRequest[] {
  return inbox.read();
}
