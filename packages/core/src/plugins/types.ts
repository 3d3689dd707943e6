import type { OperationStatus } from '@middy-durable/protocol';
import type { DurableExecutionInvocationOutput } from '../transport.ts';

/** Version of this interface, which a plugin from the environment must name. */
export const DURABLE_INSTRUMENTATION_PLUGIN_API_VERSION = 1;

/** How an invocation ended. `RETRYING`: it failed and is tried again. */
export const PluginInvocationStatus: {
  readonly SUCCEEDED: 'SUCCEEDED';
  readonly FAILED: 'FAILED';
  readonly PENDING: 'PENDING';
  readonly RETRYING: 'RETRYING';
} = { SUCCEEDED: 'SUCCEEDED', FAILED: 'FAILED', PENDING: 'PENDING', RETRYING: 'RETRYING' };
export type PluginInvocationStatus = keyof typeof PluginInvocationStatus;

/** State of an operation, as the wire names it. */
export const PluginOperationStatus: { readonly [Status in OperationStatus]: Status } = {
  STARTED: 'STARTED',
  READY: 'READY',
  PENDING: 'PENDING',
  SUCCEEDED: 'SUCCEEDED',
  FAILED: 'FAILED',
  TIMED_OUT: 'TIMED_OUT',
  STOPPED: 'STOPPED',
  CANCELLED: 'CANCELLED',
};
export type PluginOperationStatus = OperationStatus;

export const AttemptEndInfoOutcome: { readonly SUCCEEDED: 'SUCCEEDED'; readonly FAILED: 'FAILED' } = {
  SUCCEEDED: 'SUCCEEDED',
  FAILED: 'FAILED',
};
export type AttemptEndInfoOutcome = keyof typeof AttemptEndInfoOutcome;

export interface OperationInfo {
  /** Id on the wire. */
  id: string;
  name?: string;
  type: string;
  subType?: string;
  parentId?: string;
  status?: PluginOperationStatus;
  startTimestamp?: Date;
  endTimestamp?: Date;
  /** Serialized result. */
  result?: string;
  error?: Error;
  /** The attempt of a step, from 1. */
  attempt?: number;
  /** Seen in the record of an earlier invocation, not for the first time. */
  isReplay: boolean;
  /** Of a context: its function runs again over operations that are recorded. */
  isReplayingChildren?: boolean;
}
export type OperationEndInfo = OperationInfo;
export interface AttemptInfo extends OperationInfo {
  attempt: number;
}
export interface AttemptEndInfo extends AttemptInfo {
  outcome: AttemptEndInfoOutcome;
}

export interface InvocationBaseInfo {
  requestId: string;
  executionArn: string;
  /** The handler's event. */
  executionInput: unknown;
  /** By id on the wire. */
  operations: Record<string, OperationInfo>;
  executionStartTimestamp?: Date;
  isFirstInvocation?: boolean;
}
export interface InvocationInfo extends InvocationBaseInfo {
  isFirstInvocation: boolean;
  /** What changed outside the function since its last invocation. */
  updatedOperations: Record<string, OperationInfo>;
}
export interface InvocationEndInfo extends InvocationBaseInfo {
  status: PluginInvocationStatus;
  executionResult?: unknown;
  executionError?: Error;
}
export interface OperationChangeInfo {
  executionArn: string;
  /** Those whose status a checkpoint's answer has changed. */
  updatedOperations: Record<string, OperationInfo>;
  operations: Record<string, OperationInfo>;
}

/** A user function as a wrapper sees it. */
export type CustomerFn = () => CustomerFnResult;
export type CustomerFnResult = unknown;

/**
 * Watches executions: for traces, metrics, logs. Every hook is optional. What a hook throws is ignored; what a user function
 * throws is never changed by a wrapper. Hooks about operations are not waited for; they are done before the invocation ends.
 */
export interface DurableInstrumentationPlugin {
  onInvocationStart?(info: InvocationInfo): Promise<void>;
  wrapInvocation?(
    info: InvocationInfo,
    fn: () => Promise<DurableExecutionInvocationOutput>,
  ): Promise<DurableExecutionInvocationOutput>;
  onInvocationEnd?(info: InvocationEndInfo): Promise<void>;
  onOperationStart?(info: OperationInfo): Promise<void>;
  wrapChildContextFn?(info: OperationInfo, fn: CustomerFn): CustomerFnResult;
  onOperationEnd?(info: OperationEndInfo): Promise<void>;
  onOperationAttemptStart?(info: AttemptInfo): Promise<void>;
  wrapOperationAttemptFn?(info: AttemptInfo, fn: CustomerFn): CustomerFnResult;
  onOperationAttemptEnd?(info: AttemptEndInfo): Promise<void>;
  onOperationChange?(info: OperationChangeInfo): Promise<void>;
  /** Fields for every line of the default logger. */
  enrichLogContext?(): Record<string, string | number | boolean> | undefined;
}

export type DurableInstrumentationPluginType<
  Plugin extends DurableInstrumentationPlugin = DurableInstrumentationPlugin,
> = abstract new (
  ...args: never[]
) => Plugin;

/** What a module named in `DURABLE_EXECUTION_PLUGINS` exports as `durableExecutionPluginProvider`. */
export interface DurableInstrumentationPluginProvider<
  Plugin extends DurableInstrumentationPlugin = DurableInstrumentationPlugin,
> {
  readonly pluginApiVersion: typeof DURABLE_INSTRUMENTATION_PLUGIN_API_VERSION;
  readonly pluginType: DurableInstrumentationPluginType<Plugin>;
  createPlugin(): Plugin;
}
