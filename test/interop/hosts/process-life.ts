import type { DurableExecutionClient } from '@middy-durable/protocol';

/** Longer than any engine keeps what it could send: what had begun is on record when the process dies. */
const SENT_MS = 40;

/** Where a process dies: at a checkpoint, counted from 1 over all of its execution's invocations. */
export interface DeathAtCheckpoint {
  checkpoint: number;
  /** Before it is applied; or after that, when the answer is on its way. */
  moment: 'before' | 'after';
}

/** The processes in which a workflow's invocations run, one after the other, and how they may end. */
export class ProcessLife {
  readonly #death: DeathAtCheckpoint | undefined;
  #invocations = 0;
  #checkpoints = 0;
  #died = false;
  #kill: (error: Error) => void = () => {};

  /** @param death default: it dies where the workflow says */
  constructor(death?: DeathAtCheckpoint) {
    this.#death = death;
  }

  /** From 1: which invocation runs. */
  get invocation(): number {
    return this.#invocations;
  }

  /** How many checkpoints were sent. */
  get checkpoints(): number {
    return this.#checkpoints;
  }

  /** Whether a process has died. */
  get died(): boolean {
    return this.#died;
  }

  /** Begins an invocation; rejects when its process dies. */
  begin(): Promise<never> {
    this.#invocations += 1;
    return new Promise((_resolve, reject) => {
      this.#kill = reject;
    });
  }

  /** The process that calls this dies, once what it had to send is sent. Never settles: nothing comes after death. */
  die(): Promise<never> {
    return this.#dieIn(SENT_MS);
  }

  /** The client as the processes have it: the one that dies gets no answer. */
  clientOf(client: DurableExecutionClient): DurableExecutionClient {
    return {
      ...client,
      checkpoint: async (request, logger) => {
        this.#checkpoints += 1;
        const moment = this.#checkpoints === this.#death?.checkpoint ? this.#death.moment : undefined;
        if (moment === 'before') return this.#dieIn(0);
        const answer = await client.checkpoint(request, logger);
        return moment === 'after' ? this.#dieIn(0) : answer;
      },
    };
  }

  #dieIn(ms: number): Promise<never> {
    this.#died = true;
    setTimeout(() => this.#kill(new Error('The process died.')), ms);
    return new Promise(() => {});
  }
}
