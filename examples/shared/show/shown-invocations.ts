import type {
  DurableExecutionInvocationInput,
  DurableExecutionInvocationOutput,
  HistoryEvent,
} from '@middy-durable/core';
import {
  type Functions,
  type InvocationCall,
  type InvocationError,
  type InvocationNotice,
  type OutputLine,
  type ProcessInvoker,
  type ProcessInvokerOptions,
  processInvoker,
} from '@middy-durable/local';
import { awaited } from './awaited.ts';
import { namesOf } from './names.ts';
import { listed, shortened, styled } from './text.ts';

/** An invocation as the screen saw it. */
export interface ShownInvocation {
  functionName: string;
  pid: number | undefined;
  /** Names of the operations whose outcome it got from the record. */
  replayed: string[];
  /** Names of the steps whose bodies ran in it. */
  ran: string[];
  /** Undefined while it runs. `DIED` when it gave no answer. */
  outcome?: DurableExecutionInvocationOutput['Status'] | 'DIED';
}

export interface Stage {
  handlers: ProcessInvokerOptions['handlers'];
  /** The file in which durable handlers keep their executions. Default: the one that they are configured with. */
  store?: string | undefined;
  /** The history of an execution so far. */
  history(arn: string): Promise<HistoryEvent[]>;
  print(line: string): void;
  /** Why the process of an invocation that begins is killed at once; undefined lets it work. Default: all work. */
  killAtOnce?: ((invocation: ShownInvocation) => string | undefined) | undefined;
}

/** Invokes handlers in processes of their own and prints what happens in them. */
export class ShownInvocations {
  readonly all: ShownInvocation[] = [];
  readonly #stage: Stage;
  readonly #processes: ProcessInvoker;
  readonly #atWork = new Map<string, { invocation: ShownInvocation; isDurable: boolean }>();
  /** The one under whose heading is printed. */
  #onScreen: ShownInvocation | undefined;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#processes = processInvoker({
      handlers: stage.handlers,
      store: stage.store,
      onInvocation: (notice) => this.#noticed(notice),
      onOutput: (output) => this.#wrote(output),
    });
  }

  /** The functions that can be called. */
  get functions(): Functions {
    return this.#processes.functions;
  }

  /** The one that began last. */
  get latest(): ShownInvocation {
    const latest = this.all.at(-1);
    if (!latest) throw new Error('Nothing was invoked yet.');
    return latest;
  }

  /** Rejects, as the process of the handler did, when there is no answer. The event of an ordinary function is no envelope. */
  readonly invoke = async (
    functionName: string,
    event: DurableExecutionInvocationInput,
    call: InvocationCall,
  ): Promise<unknown> => {
    const invocation: ShownInvocation = { functionName, pid: undefined, replayed: namesOfEnded(event), ran: [] };
    this.all.push(invocation);
    this.#atWork.set(call.requestId, { invocation, isDurable: isEnvelope(event) });
    try {
      const output = await this.#processes(functionName, event, call);
      invocation.outcome = await this.#answered(invocation, event, output);
      return output;
    } catch (error) {
      this.#row(invocation, 'died', styled('red', (error as InvocationError).message.replace(/^.*Error: /, '')));
      invocation.outcome = 'DIED';
      throw error;
    } finally {
      this.#atWork.delete(call.requestId);
    }
  };

  kill(invocation: ShownInvocation, why: string): void {
    this.#row(invocation, 'kill -9', why);
    process.kill(invocation.pid as number, 'SIGKILL');
  }

  close(): Promise<void> {
    return this.#processes.close();
  }

  #noticed({ phase, pid, requestId }: InvocationNotice): void {
    const begun = this.#atWork.get(requestId);
    if (phase === 'ended' || !begun) return;
    const { invocation, isDurable } = begun;
    invocation.pid = pid;
    if (Object.keys(this.#stage.handlers).length > 1) this.#row(invocation, 'function', invocation.functionName);
    if (isDurable) this.#row(invocation, 'replayed', styled('dim', listed(invocation.replayed)));
    const why = this.#stage.killAtOnce?.(invocation);
    if (why !== undefined) this.kill(invocation, why);
  }

  /** A handler's logger writes a JSON line with its operation; everything else is shown as it is. */
  #wrote({ line, requestId }: OutputLine): void {
    // The first line of an error says it all; its stack would hide what else happens.
    if (/^[\s}]/.test(line)) return;
    const { invocation } = this.#atWork.get(requestId) ?? { invocation: this.latest };
    const entry = parsed(line);
    if (entry?.operationName === undefined) {
      this.#row(invocation, 'wrote', shortened(line));
      return;
    }
    invocation.ran.push(entry.operationName);
    this.#row(invocation, 'ran', `${styled('cyan', entry.operationName)}, attempt ${entry.attempt}: ${entry.message}`);
  }

  async #answered(
    invocation: ShownInvocation,
    event: DurableExecutionInvocationInput,
    answer: unknown,
  ): Promise<NonNullable<ShownInvocation['outcome']>> {
    const row = (label: string, text: string): void => this.#row(invocation, label, text);
    if (!isEnvelope(event)) {
      row('answered', styled('green', shortened(JSON.stringify(answer) ?? '', 120)));
      return 'SUCCEEDED';
    }
    const output = answer as DurableExecutionInvocationOutput;
    if (output.Status === 'SUCCEEDED') row('answered', styled('green', shortened(output.Result ?? '', 120)));
    else if (output.Status === 'FAILED') {
      row('failed', styled('red', `${output.Error?.ErrorType}: ${output.Error?.ErrorMessage}`));
    } else {
      const history = await this.#stage.history(event.DurableExecutionArn);
      for (const reason of awaited(history)) row('suspends', styled('yellow', reason));
    }
    return output.Status;
  }

  /** Invocations of several functions may overlap: what follows upon another one gets a heading of its own. */
  #row(invocation: ShownInvocation, label: string, text: string): void {
    if (this.#onScreen !== invocation) {
      this.#onScreen = invocation;
      const number = this.all.indexOf(invocation) + 1;
      this.#stage.print(`\n${styled('bold', `invocation ${number}`)}  process ${invocation.pid}`);
    }
    this.#stage.print(`  ${label.padEnd(8)}  ${text}`);
  }
}

function isEnvelope(event: DurableExecutionInvocationInput): boolean {
  return typeof event.DurableExecutionArn === 'string';
}

function namesOfEnded(event: DurableExecutionInvocationInput): string[] {
  if (!isEnvelope(event)) return [];
  const { Operations } = event.InitialExecutionState;
  const ended = Operations.filter(({ Type, Status }) => Type !== 'EXECUTION' && isEnd(String(Status)));
  return [...new Set(ended.map(namesOf(Operations)))];
}

function isEnd(status: string): boolean {
  return !['STARTED', 'PENDING', 'READY'].includes(status);
}

function parsed(line: string): { operationName?: string; attempt?: number; message?: unknown } | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
