import type { ExecutionStatus, StatusChangeDetail } from '@middy-durable/protocol';
import { parseExecutionArn } from '@middy-durable/protocol';

/** The event that EventBridge delivers when an execution starts or ends. */
export interface StatusChangeEvent {
  version: '0';
  id: string;
  'detail-type': 'Durable Execution Status Change';
  source: 'aws.lambda';
  account: string;
  /** ISO-8601. */
  time: string;
  region: string;
  resources: string[];
  detail: StatusChangeDetail;
}

/** Hears of every start and end. What it throws or rejects with is ignored: it can't hold an execution up. */
export type StatusChangeListener = (event: StatusChangeEvent) => unknown;

/** What a status change is about. */
export interface ExecutionFacts {
  arn: string;
  name: string;
  status: ExecutionStatus;
  /** Epoch milliseconds. */
  startedAt: number;
  /** Epoch milliseconds. */
  endedAt?: number | undefined;
}

/** ARN of the function, with its version: what stands before the execution's own part. */
export function functionArnOf(executionArn: string): string {
  return executionArn.split('/', 1)[0] as string;
}

/** Makes the event of a status that was just recorded. */
export function statusChangeEvent(execution: ExecutionFacts, id: string): StatusChangeEvent {
  const { region, account } = parseExecutionArn(execution.arn);
  const detail: StatusChangeDetail = {
    durableExecutionArn: execution.arn,
    durableExecutionName: execution.name,
    functionArn: functionArnOf(execution.arn),
    status: execution.status,
    startTimestamp: new Date(execution.startedAt).toISOString(),
  };
  if (execution.endedAt !== undefined) detail.endTimestamp = new Date(execution.endedAt).toISOString();
  return {
    version: '0',
    id,
    'detail-type': 'Durable Execution Status Change',
    source: 'aws.lambda',
    account,
    time: detail.endTimestamp ?? detail.startTimestamp,
    region,
    resources: [],
    detail,
  };
}

/** Tells the listener and takes no answer. */
export function announce(listener: StatusChangeListener | undefined, execution: ExecutionFacts, id: string): void {
  if (listener === undefined) return;
  try {
    Promise.resolve(listener(statusChangeEvent(execution, id))).catch(ignore);
  } catch {
    // Best effort, as on the service: the record stands whether or not anybody heard of it.
  }
}

function ignore(): void {}
