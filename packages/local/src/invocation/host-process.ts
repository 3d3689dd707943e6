import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import type { DurableExecutionClient } from '@middy-durable/protocol';
import { exitFailure, InvocationError, type InvocationFailure } from './invocation-error.ts';
import { LineSplitter } from './lines.ts';
import { type AnswerMessage, type CallMessage, CLIENT_METHODS, type FromHost, type InvokeMessage } from './messages.ts';
import { packFailure } from './transport-failure.ts';

/** How long a process may take to end after its answer, and its output to arrive after its end, in milliseconds. */
const END_GRACE_MS = 1000;
const OUTPUT_GRACE_MS = 100;

// The bundle of this package and that of the host lie side by side; in this repository both run from their sources.
const FROM_SOURCE = import.meta.url.endsWith('.ts');
const HOST = FROM_SOURCE
  ? new URL('../invocation-host.ts', import.meta.url)
  : new URL('./invocation-host.js', import.meta.url);
const SOURCE_CONDITION = '--conditions=@middy-durable/source';

export interface HostLaunch {
  env: NodeJS.ProcessEnv;
  /** The Node that runs it and its options; undefined: those of this process. */
  execPath: string | undefined;
  execArgv: readonly string[] | undefined;
  /** Answers the calls of a handler whose client travels over IPC. */
  client: DurableExecutionClient | undefined;
  /** Gets each line that the process writes; undefined: it writes where this process does. */
  onLine: ((line: { stream: 'stdout' | 'stderr'; line: string }) => void) | undefined;
}

/** How a process ended. */
export interface HostExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

interface OpenInvocation {
  requestId: string;
  resolve(output: unknown): void;
  reject(error: unknown): void;
}

/** One Node process that runs handlers: one invocation at a time, like an execution environment of Lambda. */
export class HostProcess {
  /** Resolves when the process is gone and all of its output was handed out. */
  readonly gone: Promise<HostExit>;
  readonly #child: ChildProcess;
  readonly #client: DurableExecutionClient | undefined;
  #invocation: OpenInvocation | undefined;
  #exit: HostExit | undefined;
  #usable = true;

  constructor({ env, execPath, execArgv, client, onLine }: HostLaunch) {
    this.#client = client;
    const output = onLine ? 'pipe' : 'inherit';
    const options = nodeOptions(execArgv);
    this.#child = start({
      env,
      stdio: ['ignore', output, output, 'ipc'],
      ...(execPath !== undefined && { execPath }),
      ...(options && { execArgv: options }),
    });
    this.#child.on('message', (message) => this.#receive(message as FromHost));
    if (onLine) this.#splitOutput(onLine);
    this.gone = this.#watchEnd();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** True while the process may take another invocation. */
  get usable(): boolean {
    return this.#usable && this.#exit === undefined && this.#child.connected;
  }

  /** Runs one invocation; rejects with an {@link InvocationError} when it gave no output. */
  invoke(message: InvokeMessage): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#invocation = { requestId: message.requestId, resolve, reject };
      this.#send(message);
    });
  }

  /** Ends the process by force and fails the invocation in it with `failure`. */
  kill(failure?: InvocationFailure): void {
    this.#usable = false;
    this.#child.kill('SIGKILL');
    if (failure) this.#settle((open) => open.reject(new InvocationError(failure)));
  }

  /** Lets the process end by itself, by force when it does not. */
  async dismiss(): Promise<void> {
    this.#usable = false;
    this.#send({ type: 'dismiss' });
    const timer = setTimeout(() => this.kill(), END_GRACE_MS);
    await this.gone;
    clearTimeout(timer);
  }

  /** Whether the process keeps this one from ending. */
  setReferenced(referenced: boolean): void {
    const { channel, stdout, stderr } = this.#child;
    for (const handle of [this.#child, channel, stdout, stderr] as ({ ref(): void; unref(): void } | null)[]) {
      if (referenced) handle?.ref();
      else handle?.unref();
    }
  }

  #receive(message: FromHost): void {
    if (message.type === 'call') void this.#answerCall(message);
    else this.#finish(message);
  }

  #finish({ requestId, output, error, last }: AnswerMessage): void {
    // A process in which code runs loose is not used again; its late answer belongs to nobody.
    if (last) this.#usable = false;
    if (this.#invocation?.requestId !== requestId) return;
    this.#settle((open) => {
      if (error) open.reject(new InvocationError(error));
      else open.resolve(JSON.parse(output ?? 'null'));
    });
  }

  async #answerCall({ call, method, request }: CallMessage): Promise<void> {
    try {
      if (!this.#client || !CLIENT_METHODS.includes(method))
        throw new Error(`This process answers no call '${method}'.`);
      const response = await this.#client[method](JSON.parse(request));
      this.#send({ type: 'reply', call, response: JSON.stringify(response) });
    } catch (error) {
      this.#send({ type: 'reply', call, error: packFailure(error) });
    }
  }

  #send(message: object): void {
    // A process that is gone tells so by its exit; the failed write tells nothing more.
    this.#child.send(message, () => {});
  }

  #settle(answer: (open: OpenInvocation) => void): void {
    const open = this.#invocation;
    this.#invocation = undefined;
    if (open) answer(open);
  }

  #splitOutput(onLine: NonNullable<HostLaunch['onLine']>): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      const lines = new LineSplitter((line) => onLine({ stream, line }));
      this.#child[stream]?.on('data', (chunk: Buffer) => lines.push(chunk)).on('close', () => lines.end());
    }
  }

  #watchEnd(): Promise<HostExit> {
    const child = this.#child;
    return new Promise((resolve) => {
      let output: NodeJS.Timeout | undefined;
      const ended = (exit: HostExit, failure?: InvocationFailure): void => {
        this.#exit = exit;
        // A process that the handler started may hold the pipes open for ever.
        output = setTimeout(() => {
          child.stdout?.destroy();
          child.stderr?.destroy();
        }, OUTPUT_GRACE_MS);
        this.#settle((open) => {
          open.reject(new InvocationError(failure ?? exitFailure(open.requestId, exit.code, exit.signal)));
        });
      };
      child.once('exit', (code, signal) => ended({ code, signal }));
      child.on('error', (error) => {
        // Only a process that never started has no exit of its own.
        if (child.pid !== undefined) return;
        ended({ code: null, signal: null }, startFailure(error));
        clearTimeout(output);
        resolve({ code: null, signal: null });
      });
      child.once('close', (code, signal) => {
        clearTimeout(output);
        resolve({ code, signal });
      });
    });
  }
}

/** @throws InvocationError when the system refuses the process; what it finds out later comes as an event. */
function start(options: ForkOptions): ChildProcess {
  try {
    return fork(HOST, [], options);
  } catch (error) {
    throw new InvocationError(startFailure(error as Error));
  }
}

function startFailure(error: Error): InvocationFailure {
  const errorMessage = `The process for the handler could not be started: ${error.message}`;
  return { errorType: 'Runtime.InvalidEntrypoint', errorMessage, stackTrace: [] };
}

function nodeOptions(execArgv: readonly string[] | undefined): string[] | undefined {
  if (!FROM_SOURCE) return execArgv && [...execArgv];
  const options = [...(execArgv ?? process.execArgv)];
  return options.includes(SOURCE_CONDITION) ? options : [...options, SOURCE_CONDITION];
}
