import type { Functions } from '@middy-durable/backend';
import type { DurableExecutionClient } from '@middy-durable/protocol';
import type { InvocationError } from './invocation-error.ts';

/**
 * A module by path (relative to the working directory) or `file:` URL; its export is `handler` unless named (`a.b` is
 * member `b` of export `a`).
 */
export type HandlerModule = string | URL | [module: string | URL, exportName: string];

/** A function that the invoker runs, with more than its module. */
export interface HandlerEntry {
  module: string | URL;
  /** Its export; `a.b` is member `b` of export `a`. Default `handler`. */
  export?: string | undefined;
  /** False for an ordinary function, which chained invokes call with the plain event. Default true. */
  durable?: boolean | undefined;
  /** Seconds until an execution of it times out. Default: the backend's. */
  executionTimeout?: number | undefined;
}

/** A line that a handler's process wrote. */
export interface OutputLine {
  functionName: string;
  requestId: string;
  pid: number | undefined;
  stream: 'stdout' | 'stderr';
  line: string;
}

/** An invocation begins or has ended. */
export type InvocationNotice = { functionName: string; requestId: string; pid: number | undefined } & (
  | { phase: 'started' }
  | { phase: 'ended'; error?: InvocationError | undefined }
);

/** Which handlers there are and how their processes run. */
export interface ProcessInvokerOptions {
  /** The module of each function. They are also the functions that chained invokes may call. */
  handlers: Record<string, HandlerModule | HandlerEntry>;
  /** More that chained invokes may call: run by another service, or by their `handler` in this process. Default: none. */
  functions?: Functions | undefined;
  /** The handlers' client opens this SQLite file. Not together with `client`. Default: they use the backend they configured. */
  store?: string | URL | undefined;
  /** The handlers' client sends its calls to this one, in this process. Not together with `store`. */
  client?: DurableExecutionClient | undefined;
  /** Added to this process's environment; `undefined` takes a variable out. */
  env?: Record<string, string | undefined> | undefined;
  /** The Node that runs the handlers. Default: that of this process. */
  execPath?: string | undefined;
  /** Options for Node. Default: those of this process. */
  execArgv?: readonly string[] | undefined;
  /** Longest invocation, in seconds; an earlier `deadline` of a call counts more. Default 900. */
  timeoutSeconds?: number | undefined;
  /** What the context says; nothing is limited. Default 1024. */
  memoryLimitInMB?: number | undefined;
  /** Keep a process for the next invocation of its function, with its module's state, as Lambda does. Default false. */
  keepWarm?: boolean | undefined;
  /** Gets what the processes write, line by line. Default: they write where this process does. */
  onOutput?: ((line: OutputLine) => void) | undefined;
  onInvocation?: ((notice: InvocationNotice) => void) | undefined;
}

/** About one call. */
export interface InvocationCall {
  requestId: string;
  /** Kills the process of the invocation when it aborts. */
  signal?: AbortSignal | undefined;
  /** Epoch milliseconds at which the process is killed. */
  deadline?: number | undefined;
  /** What the context says of the tenant. */
  tenantId?: string | undefined;
}

/** Runs an invocation in a process of its own; see {@link processInvoker}. */
export interface ProcessInvoker {
  (functionName: string, event: unknown, call: InvocationCall): Promise<unknown>;
  /** Its handlers and `functions`, as a service registers them for chained invokes. */
  readonly functions: Functions;
  /** Ends the processes that are kept warm, and kills those at work. */
  close(): Promise<void>;
}
