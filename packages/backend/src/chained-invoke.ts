import { createHash } from 'node:crypto';
import {
  formatExecutionArn,
  MAX_CHAINED_PAYLOAD_BYTES,
  type PayloadLimits,
  type RunEvent,
} from '@middy-durable/protocol';
import type { Engine } from './engine.ts';
import { functionParts, isVersion, resolveFunction } from './function-name.ts';
import type { RunLog } from './run-log.ts';
import { functionArnOf } from './status-change.ts';

/** The start of a chained invoke, as the log keeps it. */
export type CallStarted = Extract<RunEvent, { type: 'ChainedInvokeStarted' }>;

/** A called function is a run of its own, durable or not. */
export interface CalledRun {
  runId: string;
  /** Of the execution. */
  name: string;
}

/**
 * The run that a chained invoke starts. It follows from who calls, so however often the call is started, it is one run.
 *
 * @param runId of the caller
 */
export function calledRun(runId: string, operationId: string): CalledRun {
  const digest = createHash('sha256')
    .update(JSON.stringify([runId, operationId]))
    .digest('hex');
  return { runId: digest.slice(0, 32), name: digest.slice(32) };
}

/** The limits that differ for a run that was called: its result has to fit the answer of a chained invoke. */
export function calledLimits({ caller }: Pick<RunLog, 'caller'>): Partial<PayloadLimits> {
  return caller === undefined ? {} : { executionBytes: MAX_CHAINED_PAYLOAD_BYTES };
}

/**
 * Resolves the targets of chained invokes that a batch starts, before it is appended. What can't be resolved fails in
 * the same checkpoint and keeps nothing but the function's name.
 *
 * @param runId of the caller
 */
export function resolveChainedInvokes(engine: Engine, runId: string, events: readonly RunEvent[]): RunEvent[] {
  return events.flatMap((event): RunEvent[] => {
    if (event.type !== 'ChainedInvokeStarted') return [event];
    const target = resolveTarget(engine, event.functionName);
    if (target === undefined) return unresolved(engine, event);
    const { functionName, qualifier, durable } = target;
    const started = { ...event, executedVersion: qualifier };
    if (!durable) return [started];
    const called = calledRun(runId, event.id);
    const parts = { ...engine.home, functionName, qualifier, name: called.name, id: called.runId };
    return [{ ...started, durableExecutionArn: formatExecutionArn(parts) }];
  });
}

/**
 * A function lives here in one version, so every qualifier of a registered name, or none, means it. The service demands
 * one for durable functions; here nothing would be gained by that.
 */
function resolveTarget(
  { functions, home }: Engine,
  text: string,
): { functionName: string; qualifier: string; durable: boolean } | undefined {
  const { name, qualifier = home.qualifier } = functionParts(text);
  const target = functions.find(name);
  if (target === undefined) return undefined;
  return {
    functionName: name,
    qualifier: isVersion(qualifier) ? qualifier : home.qualifier,
    durable: target.durable !== false,
  };
}

function unresolved(engine: Engine, event: CallStarted): RunEvent[] {
  const { input: _input, tenantId: _tenantId, ...started } = event;
  const error = {
    ErrorMessage: `Function not found: ${targetArn(engine, event.functionName)}`,
    ErrorType: 'ResourceNotFoundException',
  };
  return [started, { type: 'ChainedInvokeFailed', at: event.at, id: event.id, error }];
}

/** The target as the service names it, or as the caller did where that makes no ARN. */
function targetArn(engine: Engine, target: string): string {
  try {
    const { functionName, qualifier } = resolveFunction(engine.home, target);
    if (target.startsWith('arn:')) return target;
    return functionArnOf(formatExecutionArn({ ...engine.home, functionName, qualifier, name: '-', id: '-' }));
  } catch {
    return target;
  }
}
