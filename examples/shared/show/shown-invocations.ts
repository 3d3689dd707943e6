import type {
  DurableExecutionInvocationInput,
  DurableExecutionInvocationOutput,
  HistoryEvent,
} from '@middy-durable/core';
import {
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
  /** The history of an execution so far. */
  history(arn: string): Promise<HistoryEvent[]>;
  print(line: string): void;
}

/** Invokes handlers in processes of their own and prints what happens in them. */
export class ShownInvocations {
  readonly all: ShownInvocation[] = [];
  readonly #stage: Stage;
  readonly #processes: ProcessInvoker;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#processes = processInvoker({
      handlers: stage.handlers,
      onInvocation: (notice) => this.#noticed(notice),
      onOutput: (output) => this.#wrote(output),
    });
  }

  /** The one that began last; there is one at a time. */
  get latest(): ShownInvocation {
    const latest = this.all.at(-1);
    if (!latest) throw new Error('Nothing was invoked yet.');
    return latest;
  }

  /** Rejects, as the process of the handler did, when there is no answer. */
  readonly invoke = async (
    functionName: string,
    envelope: DurableExecutionInvocationInput,
    call: InvocationCall,
  ): Promise<unknown> => {
    this.all.push({ pid: undefined, replayed: namesOfEnded(envelope), ran: [] });
    try {
      const output = (await this.#processes(functionName, envelope, call)) as DurableExecutionInvocationOutput;
      await this.#answered(envelope.DurableExecutionArn, output);
      this.latest.outcome = output.Status;
      return output;
    } catch (error) {
      this.#row('died', styled('red', (error as InvocationError).message.replace(/^.*Error: /, '')));
      this.latest.outcome = 'DIED';
      throw error;
    }
  };

  close(): Promise<void> {
    return this.#processes.close();
  }

  #noticed({ phase, pid }: InvocationNotice): void {
    if (phase === 'ended') return;
    const { latest } = this;
    latest.pid = pid;
    this.#stage.print(`\n${styled('bold', `invocation ${this.all.length}`)}  process ${pid}`);
    this.#row('replayed', styled('dim', listed(latest.replayed)));
  }

  /** A handler's logger writes a JSON line with its operation; everything else is shown as it is. */
  #wrote({ line }: OutputLine): void {
    const entry = parsed(line);
    if (entry?.operationName === undefined) {
      this.#row('wrote', shortened(line));
      return;
    }
    this.latest.ran.push(entry.operationName);
    this.#row('ran', `${styled('cyan', entry.operationName)}, attempt ${entry.attempt}: ${entry.message}`);
  }

  async #answered(arn: string, output: DurableExecutionInvocationOutput): Promise<void> {
    if (output.Status === 'SUCCEEDED') this.#row('answered', styled('green', shortened(output.Result ?? '', 120)));
    else if (output.Status === 'FAILED') {
      this.#row('failed', styled('red', `${output.Error?.ErrorType}: ${output.Error?.ErrorMessage}`));
    } else {
      for (const reason of awaited(await this.#stage.history(arn))) this.#row('suspends', styled('yellow', reason));
    }
  }

  #row(label: string, text: string): void {
    this.#stage.print(`  ${label.padEnd(8)}  ${text}`);
  }
}

function namesOfEnded({ InitialExecutionState }: DurableExecutionInvocationInput): string[] {
  const { Operations } = InitialExecutionState;
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
