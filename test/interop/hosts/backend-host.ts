import { createService } from '@middy-durable/backend';
import {
  type DurableExecutionClient,
  evolve,
  openRun,
  parseExecutionArn,
  RUNTIME_KEY,
  type RunState,
} from '@middy-durable/protocol';
import type { MakeBackend, OpenBackend } from '../../support/backends.ts';
import type { CallbackAnswer, Workflow } from '../corpus/workflow.ts';
import { durable, type EngineName } from './engines.ts';
import { DURABLE_FUNCTIONS, ORDINARY_FUNCTIONS } from './functions.ts';
import { ProcessLife } from './process-life.ts';
import { SkippingClock } from './skipping-clock.ts';
import { type Trace, traceOf } from './trace.ts';

/** Says which engine runs an invocation of the workflow, from 1. */
export type EngineOf = (invocation: number) => EngineName;

export interface BackendRun {
  trace: Trace;
  /** Of the workflow, how many there were. */
  invocations: number;
}

const WORKFLOW = 'workflow';
/** More than any workflow here takes. */
const MOST_TURNS = 1000;

/** Runs a workflow to its end on a backend of this project; where only time has to pass, it has passed. */
export async function runOnBackend(
  make: MakeBackend,
  workflow: Workflow,
  engineOf: EngineOf,
  life: ProcessLife = new ProcessLife(),
): Promise<BackendRun> {
  const clock = new SkippingClock();
  const open = await make({ clock });
  try {
    return await new Host(open, clock, workflow, engineOf, life).run();
  } finally {
    await open.close();
  }
}

class Host {
  readonly #open: OpenBackend;
  readonly #clock: SkippingClock;
  readonly #workflow: Workflow;
  readonly #engineOf: EngineOf;
  readonly #answered = new Set<string>();
  readonly #reports: unknown[] = [];
  readonly #life: ProcessLife;

  constructor(open: OpenBackend, clock: SkippingClock, workflow: Workflow, engineOf: EngineOf, life: ProcessLife) {
    this.#open = open;
    this.#clock = clock;
    this.#workflow = workflow;
    this.#engineOf = engineOf;
    this.#life = life;
  }

  async run(): Promise<BackendRun> {
    const { backend } = this.#open;
    const service = createService({
      backend,
      invoke: (name, envelope, { requestId }) => this.#invoke(name, envelope, requestId),
      functions: {
        ...Object.fromEntries(Object.keys(DURABLE_FUNCTIONS).map((name) => [name, {}])),
        ...Object.fromEntries(
          Object.entries(ORDINARY_FUNCTIONS).map(([name, handler]) => [name, { durable: false, handler }]),
        ),
      },
      onError: (error) => this.#reports.push(error),
    });
    const input = JSON.stringify(this.#workflow.input ?? {});
    const { DurableExecutionArn: arn } = await service.start({ functionName: WORKFLOW, input });
    for (let turns = 0; ; turns++) {
      if (turns > MOST_TURNS) throw new Error('The execution does not come to an end.');
      await service.tick();
      await service.idle();
      if (this.#reports.length > 0) throw this.#reports[0];
      const { Status } = await backend.executions.get(arn);
      if (Status !== 'RUNNING') break;
      const next = await backend.engine.store.nextDue();
      if (next !== undefined && next <= this.#clock.now()) continue;
      if (await this.#answerCallback(arn)) continue;
      if (next === undefined) throw new Error('The execution waits for what nobody does.');
      this.#clock.skipTo(next);
    }
    return { trace: await this.#trace(arn), invocations: this.#life.invocation };
  }

  async #invoke(name: string, envelope: object, requestId: string): Promise<unknown> {
    const { client } = this.#open.backend;
    const called = { name, envelope, requestId };
    if (name !== WORKFLOW) return this.#call(DURABLE_FUNCTIONS[name] as Workflow['run'], 1, client, called);
    const death = this.#life.begin();
    const { invocation } = this.#life;
    return Promise.race([death, this.#call(this.#workflow.run, invocation, this.#life.clientOf(client), called)]);
  }

  async #call(
    run: Workflow['run'],
    invocation: number,
    client: DurableExecutionClient,
    { name, envelope, requestId }: { name: string; envelope: object; requestId: string },
  ): Promise<unknown> {
    return durable(
      this.#engineOf(invocation),
      (event, context) => run(context, event),
      client,
    )(
      { ...envelope, [RUNTIME_KEY]: this.#clock },
      { awsRequestId: requestId, functionName: name, getRemainingTimeInMillis: () => 900_000 },
    );
  }

  /** One at a time, in the order in which they were made: so that every host tells the same story. */
  async #answerCallback(arn: string): Promise<boolean> {
    const { operations } = await this.#state(arn);
    for (const { Type, Status, Name, ParentId, CallbackDetails } of operations.values()) {
      const id = CallbackDetails?.CallbackId;
      if (Type !== 'CALLBACK' || Status !== 'STARTED' || !id || this.#answered.has(id)) continue;
      const answer = this.#workflow.callbacks?.[Name ?? operations.get(ParentId ?? '')?.Name ?? ''];
      if (!answer) continue;
      this.#answered.add(id);
      await this.#answer(id, answer);
      return true;
    }
    return false;
  }

  #answer(id: string, answer: CallbackAnswer): Promise<void> {
    const { callbacks } = this.#open.backend;
    return 'succeed' in answer ? callbacks.succeed(id, answer.succeed) : callbacks.fail(id, answer.fail);
  }

  async #state(arn: string): Promise<RunState> {
    let state: RunState | undefined;
    for await (const { events } of this.#open.backend.engine.store.read(parseExecutionArn(arn).id, 0)) {
      for (const event of events) {
        if (state) evolve(state, event);
        else if (event.type === 'ExecutionStarted') state = openRun(event);
      }
    }
    if (!state) throw new Error('The execution left no log.');
    return state;
  }

  async #trace(arn: string): Promise<Trace> {
    const { backend } = this.#open;
    const { Status: status, Result: result, Error: error } = await backend.executions.get(arn);
    const { Events: history } = await backend.executions.history(arn, { maxItems: 1000 });
    const { operations } = await this.#state(arn);
    return traceOf({ status, result, error, operations: [...operations.values()], history });
  }
}
