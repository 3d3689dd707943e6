import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InvocationError } from '@middy-durable/local';
import { exitError, reported, timeoutError } from './failures.ts';
import { type RuntimeAnswer, RuntimeApi, type RuntimeInvocation } from './runtime-api.ts';

const TASK = fileURLToPath(new URL('../task/', import.meta.url));
const PRELOAD = fileURLToPath(new URL('./preload.ts', import.meta.url));
const CLIENT = createRequire(import.meta.url).resolve('aws-lambda-ric');

/** Lambda's limit for loading the module of a function, in milliseconds. */
const INIT_LIMIT_MS = 10_000;

export interface EnvironmentOptions {
  functionName: string;
  /** File of the handler, in `task/handlers`, and its export: `order.handler`. */
  handler: string;
  /** Milliseconds that an invocation may take. */
  timeoutMs: number;
  /** Where the process writes: a file. */
  log: string;
  env?: NodeJS.ProcessEnv | undefined;
  nodeOptions?: string[] | undefined;
  /** Invocations at once in one process: a Lambda managed instance. Default: an ordinary function, one. */
  concurrency?: number | undefined;
}

/** How a process ended. */
export interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

interface OpenInvocation {
  invocation: Omit<RuntimeInvocation, 'deadline'>;
  startedAt: number;
  timer: NodeJS.Timeout;
  answer?: RuntimeAnswer;
  resolve(output: unknown): void;
  reject(error: Error): void;
}

/**
 * An execution environment of a function: one process under AWS's runtime interface client. Between invocations it is
 * frozen (SIGSTOP); the next one thaws it. It is killed at the deadline. What was given up by a death is rejected with an
 * `InvocationError`, as Lambda would report it.
 */
export class ExecutionEnvironment {
  /** Resolves when the process is gone. */
  readonly gone: Promise<ProcessEnd>;
  /** Invocations that it was given. */
  readonly requestIds: string[] = [];
  /** What was open in the process whenever it answered. */
  readonly openResources: string[][] = [];
  readonly #options: EnvironmentOptions;
  readonly #api: RuntimeApi;
  readonly #child: ChildProcess;
  readonly #queue: OpenInvocation[] = [];
  readonly #open = new Map<string, OpenInvocation>();
  #frozen = false;
  #dead = false;
  /** It gets no more invocations. */
  #leaving = false;
  #failure: ((requestId: string) => InvocationError) | undefined;

  static async start(options: EnvironmentOptions): Promise<ExecutionEnvironment> {
    const api: RuntimeApi = new RuntimeApi({
      onPoll: () => environment.#polled(),
      onAnswer: (requestId, answer, open) => environment.#answered(requestId, answer, open),
      onInitError: (error) => environment.kill(() => reported(error)),
    });
    const environment = new ExecutionEnvironment(options, api, await api.listen());
    return environment;
  }

  private constructor(options: EnvironmentOptions, api: RuntimeApi, address: string) {
    this.#options = options;
    this.#api = api;
    this.#child = startProcess(options, address);
    this.gone = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#end({ code, signal });
        void api.close().then(() => resolve({ code, signal }));
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** Whether it may be given an invocation now. */
  get free(): boolean {
    return !this.#leaving && this.#queue.length + this.#open.size < (this.#options.concurrency ?? 1);
  }

  /** Runs one invocation. When it settles, the process waits for the next one, or is dead. */
  invoke(invocation: Omit<RuntimeInvocation, 'deadline'>): Promise<unknown> {
    this.requestIds.push(invocation.requestId);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#outOfTime(invocation.requestId), INIT_LIMIT_MS);
      this.#queue.push({ invocation, startedAt: Date.now(), timer, resolve, reject });
      this.#hand();
    });
  }

  /** Ends the process at once. @param failure of what runs in it; default: how it ended */
  kill(failure?: (requestId: string) => InvocationError): void {
    this.#leaving = true;
    this.#failure ??= failure;
    this.#child.kill('SIGKILL');
  }

  /** Gives it no more invocations and resolves when the process has ended by itself. */
  async dismiss(): Promise<ProcessEnd> {
    this.#leaving = true;
    this.#child.kill('SIGCONT');
    this.#api.dismiss();
    return this.gone;
  }

  #polled(): void {
    for (const open of this.#open.values()) if (open.answer) this.#settle(open);
    this.#hand();
  }

  #answered(requestId: string, answer: RuntimeAnswer, open: string[]): void {
    this.openResources.push(open);
    const invocation = this.#open.get(requestId);
    if (!invocation) return;
    invocation.answer = answer;
    // A process that takes several at once has polled long before.
    if (this.#options.concurrency === undefined) return;
    this.#settle(invocation);
    this.#hand();
  }

  /** Hands out what waits; a process that waits for invocations, with nothing to do, freezes. */
  #hand(): void {
    if (this.#frozen && this.#queue.length > 0) {
      this.#frozen = false;
      this.#child.kill('SIGCONT');
    }
    while (this.#api.waiting > 0) {
      const next = this.#queue.shift();
      if (!next) break;
      const { requestId } = next.invocation;
      clearTimeout(next.timer);
      next.startedAt = Date.now();
      next.timer = setTimeout(() => this.#outOfTime(requestId), this.#options.timeoutMs);
      this.#open.set(requestId, next);
      this.#api.hand({ ...next.invocation, deadline: next.startedAt + this.#options.timeoutMs });
    }
    if (this.#open.size > 0 || this.#api.waiting === 0 || this.#frozen) return;
    this.#frozen = true;
    this.#child.kill('SIGSTOP');
  }

  #outOfTime(requestId: string): void {
    const startedAt = this.#open.get(requestId)?.startedAt ?? Date.now() - INIT_LIMIT_MS;
    this.kill((id) => timeoutError(id, Date.now() - startedAt));
  }

  #settle(open: OpenInvocation): void {
    this.#open.delete(open.invocation.requestId);
    clearTimeout(open.timer);
    const { answer } = open;
    if (!answer) return;
    if ('error' in answer) open.reject(reported(answer.error));
    else open.resolve(answer.output);
  }

  #end(end: ProcessEnd): void {
    this.#dead = true;
    this.#leaving = true;
    this.#frozen = false;
    for (const open of [...this.#open.values(), ...this.#queue.splice(0)]) {
      this.#settle(open);
      const { requestId } = open.invocation;
      open.reject(this.#failure?.(requestId) ?? exitError(requestId, end));
    }
  }
}

function startProcess(options: EnvironmentOptions, address: string): ChildProcess {
  const { functionName, handler, log, env, nodeOptions = [], concurrency } = options;
  const [file, exported] = handler.split('.', 2);
  const output = openSync(log, 'a');
  try {
    return spawn(
      process.execPath,
      [...nodeOptions, '--conditions=@middy-durable/source', '--require', PRELOAD, CLIENT],
      {
        // What a process leaves behind when it aborts goes where its log is.
        cwd: dirname(log),
        stdio: ['ignore', output, output],
        env: {
          PATH: process.env.PATH,
          AWS_LAMBDA_RUNTIME_API: address,
          LAMBDA_TASK_ROOT: TASK,
          _HANDLER: `function.handlers.${exported}`,
          HANDLER_FILE: `${file}.ts`,
          AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
          AWS_LAMBDA_FUNCTION_NAME: functionName,
          AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
          AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${functionName}`,
          AWS_LAMBDA_LOG_STREAM_NAME: '2026/01/01/[$LATEST]0',
          // Several invocations at once run in worker threads; one is enough.
          ...(concurrency && { AWS_LAMBDA_MAX_CONCURRENCY: String(concurrency), AWS_LAMBDA_NODEJS_WORKER_COUNT: '1' }),
          ...env,
        },
      },
    );
  } finally {
    closeSync(output);
  }
}
