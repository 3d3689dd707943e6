/** One invocation of the handler under test. */
export interface InvocationRecord {
  readonly executionArn: string;
  /** In its execution, from 1. */
  readonly number: number;
  readonly requestId: string;
  readonly startedAt: Date;
  readonly endedAt?: Date | undefined;
  /** What the handler answered; `CRASHED`: it threw, was killed or ran out of time; `RUNNING`: it has not answered yet. */
  readonly outcome: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'PENDING' | 'CRASHED';
  /** Why it failed (an error object) or crashed (what was thrown). */
  readonly error?: unknown;
}

type Ending = Pick<InvocationRecord, 'outcome' | 'error'>;

interface BegunInvocation {
  readonly number: number;
  ended(endedAt: Date, ending: Ending): void;
}

/** Counts and keeps the invocations of a runner, in the order in which they began. */
export class InvocationLog {
  readonly #records: InvocationRecord[] = [];
  readonly #counts = new Map<string, number>();

  /** Copies: what a test holds does not change behind its back. */
  records(executionArn?: string): InvocationRecord[] {
    const wanted = (record: InvocationRecord): boolean =>
      executionArn === undefined || record.executionArn === executionArn;
    return this.#records.filter(wanted).map((record) => ({ ...record }));
  }

  /** Notes the start. `ended` notes the end; only the first one counts. */
  began(executionArn: string, requestId: string, startedAt: Date): BegunInvocation {
    const number = (this.#counts.get(executionArn) ?? 0) + 1;
    this.#counts.set(executionArn, number);
    const record: InvocationRecord = { executionArn, number, requestId, startedAt, outcome: 'RUNNING' };
    const index = this.#records.push(record) - 1;
    return {
      number,
      ended: (endedAt, ending) => {
        if (this.#records[index]?.outcome === 'RUNNING') this.#records[index] = { ...record, endedAt, ...ending };
      },
    };
  }
}

/** How an answer of the handler ends its invocation. What is no answer at all crashes it. */
export function endingOf(output: unknown): Ending {
  const { Status, Error: error } = (output ?? {}) as { Status?: unknown; Error?: unknown };
  if (Status === 'SUCCEEDED' || Status === 'PENDING') return { outcome: Status };
  if (Status === 'FAILED') return { outcome: Status, error };
  return { outcome: 'CRASHED', error: new TypeError('The handler answered without a Status of the protocol.') };
}
