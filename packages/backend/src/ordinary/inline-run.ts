import {
  type DurableExecutionInvocationInput,
  formatExecutionArn,
  type RunningInvocation,
} from '@middy-durable/protocol';
import { invocationStarted } from '../claim.ts';
import type { Engine } from '../engine.ts';
import { envelopeFor } from '../envelope.ts';
import { dueWithLease } from '../lease.ts';
import type { Predecessor } from '../predecessor.ts';
import { RunLog } from '../run-log.ts';
import { newRun } from '../start-execution.ts';
import type { NewRun } from '../store.ts';
import type { LambdaInvocation } from './lambda-invocation.ts';
import type { DescribedEvent } from './source/index.ts';

/** An ordinary invocation, as far as runs are concerned. */
export interface OrdinaryRequest {
  /** Of the execution. */
  name: string;
  event: DescribedEvent;
  lambda: LambdaInvocation;
  /** Seconds; undefined means the function's, else the backend's. */
  executionTimeout: number | undefined;
}

/** A run and the invocation in which it is executed, as they are made in one piece. */
export interface InlineRun {
  run: NewRun;
  log: RunLog;
  invocation: RunningInvocation;
}

/** How long an invocation may take whose context doesn't say it: as long as the longest of Lambda. */
const DEFAULT_LEASE_MS = 900_000;
/** Clocks differ, and the last checkpoint may still be on its way. */
const LEASE_GRACE_MS = 2000;

/** Until when nobody else may take an invocation over that begins at `now`. Epoch milliseconds. */
export function inlineLease({ remainingMs = DEFAULT_LEASE_MS }: LambdaInvocation, now: number): number {
  return Math.ceil(now + remainingMs + LEASE_GRACE_MS);
}

/** A new run whose first item says that this invocation executes it: there is no moment at which it waits for one. */
export function inlineRun(engine: Engine, request: OrdinaryRequest, predecessor: Predecessor | undefined): InlineRun {
  const { clock, functions } = engine;
  const { name, event, lambda } = request;
  const { home, functionName, qualifier } = lambda;
  const runId = clock.randomId();
  const arn = formatExecutionArn({ ...home, functionName, qualifier, name, id: runId });
  const executionTimeout = request.executionTimeout ?? functions.find(functionName)?.executionTimeout;
  const input = predecessor ? predecessor.input : event.input;
  const origin = predecessor?.origin;
  const started = newRun(engine, { runId, arn, functionName, name, input, executionTimeout, origin });
  const seed = predecessor?.seed ?? [];
  const invocation: RunningInvocation = {
    invocationId: clock.randomId(),
    requestId: lambda.requestId ?? clock.randomId(),
    startedAt: seed.reduce((latest, { at }) => Math.max(latest, at), started.startedAt),
    leaseUntil: inlineLease(lambda, started.startedAt),
  };
  const firstItem = {
    ...started.firstItem,
    events: [...started.firstItem.events, ...seed, invocationStarted(invocation)],
  };
  const log = new RunLog({ runId, arn, functionName, name }, firstItem);
  const run = {
    ...started,
    inputHash: fingerprintHash(event),
    leaseUntil: invocation.leaseUntil,
    dueAt: dueWithLease(log, invocation.leaseUntil),
    firstItem,
    ...(predecessor && { replaces: predecessor.runId }),
  };
  return { run, log, invocation };
}

/** What a head keeps of an ordinary event. Never the hash of an input: `executions.start` means something else by a name. */
export function fingerprintHash({ fingerprint }: DescribedEvent): string {
  return `event:${fingerprint}`;
}

/** The event with which the handler of a run that was just made is called. */
export function firstEnvelope({ log, invocation }: InlineRun): DurableExecutionInvocationInput {
  return envelopeFor(log, invocation, []);
}
