import type { Backend } from '@middy-durable/core';
import { currentExecution, type ExecutionHome } from '@middy-durable/core/middleware';
import { isFinal } from '@middy-durable/protocol';
import { nativeStatus } from './native-status.ts';
import { LAMBDA_PLACE, parseOwner } from './owner.ts';

/** Whether the owner of a claim is still there. `unknown` counts as running: its claim stands until it runs out. */
export type OwnerStatus = 'running' | 'ended' | 'unknown';

/** Asks for the status of the execution with this ARN; one that is not there any more has `ended`. */
export type AskStatus = (durableExecutionArn: string) => Promise<OwnerStatus>;

export interface StatusSources {
  /** Asked first, for every execution. */
  ownerStatus?: AskStatus | undefined;
  /** Asked for executions that it keeps. Default: the backend of the execution that asks. */
  backend?: Backend | undefined;
}

/**
 * The status of an owner, from whoever keeps its execution. Another place knows nothing of it and is never asked: its "not
 * found" would make two owners.
 */
export async function ownerStatus(owner: string | undefined, sources: StatusSources): Promise<OwnerStatus> {
  const execution = parseOwner(owner);
  if (!execution) return 'unknown';
  const { place, arn } = execution;
  try {
    if (sources.ownerStatus) return await sources.ownerStatus(arn);
    const home = currentExecution()?.home;
    const backend = [sources.backend, backendOf(home)].find((one) => one?.place !== undefined && one.place === place);
    if (backend) return await statusIn(backend, arn);
    if (place === LAMBDA_PLACE) return await nativeStatus(arn, home && 'lambda' in home ? home.lambda : undefined);
    return 'unknown';
  } catch (error) {
    warnOnce(arn, error);
    return 'unknown';
  }
}

/** The place that an execution is kept in, as an owner says it. */
export function placeOf(home: ExecutionHome | undefined): string | undefined {
  return home && 'lambda' in home ? LAMBDA_PLACE : backendOf(home)?.place;
}

function backendOf(home: ExecutionHome | undefined): Backend | undefined {
  return home && 'backend' in home ? home.backend : undefined;
}

async function statusIn({ executions }: Backend, arn: string): Promise<OwnerStatus> {
  try {
    return isFinal((await executions.get(arn)).Status) ? 'ended' : 'running';
  } catch (error) {
    if (isGone(error)) return 'ended';
    throw error;
  }
}

export function isGone(error: unknown): boolean {
  return (error as { name?: unknown } | undefined)?.name === 'ResourceNotFoundException';
}

const warned = new Set<string>();

/** One line for each kind of failure: the question is asked again and again. */
function warnOnce(arn: string, error: unknown): void {
  const { name, message } = error as Error;
  if (warned.has(String(name))) return;
  warned.add(String(name));
  console.warn(
    `The status of execution ${arn}, which holds an idempotency key, can't be asked: ${name}: ${message}. Until that works, ` +
      'the claims of executions that ended without a word stand until they run out. On Lambda the role needs ' +
      'lambda:GetDurableExecution for the functions that share keys.',
  );
}
