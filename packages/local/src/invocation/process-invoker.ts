import type { Functions } from '@middy-durable/backend';
import { isDurableInvocation, ResourceNotFoundException } from '@middy-durable/protocol';
import { storeFile } from '../sqlite/store-file.ts';
import { type HandlerTarget, handlerTarget, targetsOf } from './handler-targets.ts';
import { HostProcess } from './host-process.ts';
import { InvocationError, timeoutFailure } from './invocation-error.ts';
import type { InvocationCall, ProcessInvoker, ProcessInvokerOptions } from './invoker-options.ts';
import type { HostTransport, InvokeMessage } from './messages.ts';

const DEFAULT_TIMEOUT_SECONDS = 900;
const DEFAULT_MEMORY_LIMIT_MB = 1024;
/** The longest that a timer of Node can wait, 24 days. */
const MAX_TIMEOUT_SECONDS = 2_147_483;

/**
 * Invokes handlers in real Node processes, one for each invocation, so that a crash is a crash. Resolves to the handler's
 * output when its process has ended.
 *
 * Rejects with an `InvocationError` when there is no output: the handler threw (its error's name), its module did not load
 * (`Runtime.ImportModuleError` and others), the process ended or was killed (`Runtime.ExitError`), the deadline came
 * (`Sandbox.Timedout`); with a `ResourceNotFoundException` for a function that is not in `handlers`; with the signal's
 * reason when it aborts.
 *
 * @example
 * const invoke = processInvoker({ handlers: { orders: './handler.ts' }, store: 'runs.db' });
 * const service = createService({ store: sqliteStore({ file: 'runs.db' }), invoke });
 */
export function processInvoker(options: ProcessInvokerOptions): ProcessInvoker {
  const invoker = new Invoker(options);
  const invoke = (functionName: string, event: unknown, call: InvocationCall): Promise<unknown> =>
    invoker.invoke(functionName, event, call);
  return Object.assign(invoke, { functions: invoker.functions, close: () => invoker.close() });
}

/** A process, and the invocation that it runs or ran last. */
interface Worker {
  host: HostProcess;
  requestId: string;
}

class Invoker {
  readonly functions: Functions;
  readonly #options: ProcessInvokerOptions;
  readonly #transport: HostTransport;
  readonly #timeoutMs: number;
  readonly #all = new Set<Worker>();
  readonly #idle = new Map<string, Worker[]>();

  constructor(options: ProcessInvokerOptions) {
    this.#options = options;
    this.functions = { ...targetsOf(options.handlers), ...options.functions };
    this.#transport = transportOf(options, this.functions);
    const seconds = options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
    if (!(seconds > 0 && seconds <= MAX_TIMEOUT_SECONDS)) {
      throw new RangeError(
        `timeoutSeconds is ${seconds}; give more than 0 and at most ${MAX_TIMEOUT_SECONDS} seconds.`,
      );
    }
    this.#timeoutMs = seconds * 1000;
  }

  async invoke(functionName: string, event: unknown, call: InvocationCall): Promise<unknown> {
    const { requestId, signal, tenantId } = call;
    const target = this.#target(functionName);
    signal?.throwIfAborted();
    const startedAt = Date.now();
    const deadline = Math.min(call.deadline ?? Number.POSITIVE_INFINITY, startedAt + this.#timeoutMs);
    const worker = this.#take(functionName, requestId);
    const { host } = worker;
    const pid = host.pid;
    const onAbort = (): void => host.kill();
    const onDeadline = (): void => host.kill(timeoutFailure(requestId, Date.now() - startedAt, new Date()));
    const timer = setTimeout(onDeadline, Math.max(0, deadline - startedAt));
    signal?.addEventListener('abort', onAbort, { once: true });
    let error: InvocationError | undefined;
    try {
      this.#options.onInvocation?.({ phase: 'started', functionName, requestId, pid });
      return await host.invoke({ ...this.#message(functionName, target, event, requestId, deadline), tenantId });
    } catch (failure) {
      signal?.throwIfAborted();
      if (failure instanceof InvocationError) error = failure;
      throw failure;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      await this.#release(functionName, worker);
      this.#options.onInvocation?.({ phase: 'ended', functionName, requestId, pid, error });
    }
  }

  async close(): Promise<void> {
    const workers = [...this.#all];
    const idle = new Set([...this.#idle.values()].flat());
    this.#idle.clear();
    await Promise.all(
      workers.map((worker) => {
        if (idle.has(worker)) return worker.host.dismiss();
        worker.host.kill();
        return worker.host.gone;
      }),
    );
  }

  #target(functionName: string): HandlerTarget {
    const { handlers } = this.#options;
    const handler = Object.hasOwn(handlers, functionName) ? handlers[functionName] : undefined;
    if (handler === undefined) {
      const known = Object.keys(handlers).join(', ') || 'none';
      throw new ResourceNotFoundException(
        `Function not found: ${functionName}. This invoker has handlers for: ${known}.`,
      );
    }
    return handlerTarget(handler);
  }

  #message(
    functionName: string,
    target: HandlerTarget,
    event: unknown,
    requestId: string,
    deadline: number,
  ): InvokeMessage {
    return {
      type: 'invoke',
      requestId,
      functionName,
      ...target,
      event: JSON.stringify(event) ?? 'null',
      transport: isDurableInvocation(event) ? this.#transport : { kind: 'none' },
      deadline,
      memoryLimit: this.#options.memoryLimitInMB ?? DEFAULT_MEMORY_LIMIT_MB,
    };
  }

  #take(functionName: string, requestId: string): Worker {
    const idle = this.#idle.get(functionName) ?? [];
    for (let worker = idle.pop(); worker; worker = idle.pop()) {
      if (!worker.host.usable) continue;
      worker.host.setReferenced(true);
      worker.requestId = requestId;
      return worker;
    }
    return this.#start(functionName, requestId);
  }

  #start(functionName: string, requestId: string): Worker {
    const { env, execPath, execArgv, client, onOutput } = this.#options;
    const host = new HostProcess({
      env: { ...process.env, ...env },
      execPath,
      execArgv,
      client,
      onLine:
        onOutput && ((output) => onOutput({ functionName, requestId: worker.requestId, pid: host.pid, ...output })),
    });
    const worker: Worker = { host, requestId };
    this.#all.add(worker);
    void host.gone.then(() => this.#all.delete(worker));
    return worker;
  }

  async #release(functionName: string, worker: Worker): Promise<void> {
    if (!this.#options.keepWarm || !worker.host.usable) return worker.host.dismiss();
    worker.host.setReferenced(false);
    const idle = this.#idle.get(functionName) ?? [];
    idle.push(worker);
    this.#idle.set(functionName, idle);
  }
}

function transportOf({ store, client }: ProcessInvokerOptions, functions: Functions): HostTransport {
  if (store !== undefined && client !== undefined) {
    throw new TypeError("Give processInvoker either 'store' or 'client': a handler has one client.");
  }
  if (store !== undefined) return { kind: 'store', file: storeFile(store), functions };
  if (client === undefined) return { kind: 'none' };
  const { limits, tracksCode } = client;
  return { kind: 'ipc', ...(limits && { limits: { ...limits } }), ...(tracksCode && { tracksCode }) };
}
