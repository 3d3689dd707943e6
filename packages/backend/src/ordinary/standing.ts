import type { ErrorObject, ExecutionStatus, PendingExecution } from '@middy-durable/protocol';
import type { RunLog } from '../run-log.ts';
import { storedError } from './stored-error.ts';

/** What of a run decides what the caller of an ordinary invocation gets. */
export interface Standing {
  arn: string;
  name: string;
  status: ExecutionStatus;
  result?: string | undefined;
  error?: ErrorObject | undefined;
  answer?: string | undefined;
}

export function standingOf({ identity: { arn, name }, state }: RunLog): Standing {
  const { status, result, error, answer } = state;
  return { arn, name, status, result, error, answer };
}

/**
 * Resolves to what a run is to who asks for its answer: its result, the answer that was kept although it failed, or that it
 * goes on. Rejects with its error.
 *
 * @param pending Makes the answer of a run that goes on.
 */
export async function tell(
  { arn, name, status, result, error, answer }: Standing,
  pending: (execution: PendingExecution) => unknown,
): Promise<unknown> {
  if (status === 'RUNNING') return pending({ durableExecutionArn: arn, executionName: name, status });
  if (status === 'SUCCEEDED') return parsed(result);
  if (answer !== undefined) return parsed(answer);
  throw storedError(arn, status, error);
}

/** Results are JSON, or nothing; what an engine with a format of its own stored is handed on as text. */
function parsed(result: string | undefined): unknown {
  if (result === undefined || result === '') return undefined;
  try {
    return JSON.parse(result);
  } catch {
    return result;
  }
}
