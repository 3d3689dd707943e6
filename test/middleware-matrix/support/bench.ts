import { setTimeout as sleep } from 'node:timers/promises';
import { memoryBackend } from '@middy-durable/backend';
import type { DurableContext, DurableExecutionConfig } from '@middy-durable/core';
import type { DurableExecutionInvocationOutput } from '@middy-durable/protocol';
import { DurableRun } from '../../support/durable-run.ts';
import { FORMS, type LambdaHandler } from './forms.ts';
import { PatientRuntime } from './patient-runtime.ts';
import type { Handler, Middleware, Row, Sight, Situation } from './row.ts';

const HOUR = { hours: 1 };
/** Visible work of user code that lasts longer than any invocation here. */
const LONG_MS = 600_000;

/** One row in one situation: runs its execution and notes what happens. */
export class Bench {
  readonly runtime: PatientRuntime = new PatientRuntime();
  readonly effects: unknown[] = [];
  readonly #row: Row;
  readonly #situation: Situation;
  readonly #form: string;
  readonly #hooks: string[][] = [];
  readonly #saw: unknown[] = [];
  readonly #late: unknown[] = [];
  readonly #warnings: unknown[] = [];
  #lambdaHandler: LambdaHandler | undefined;

  constructor(row: Row, situation: Situation, form: string) {
    this.#row = row;
    this.#situation = situation;
    this.#form = form;
  }

  /** Runs the execution to its end. */
  async run(): Promise<Sight> {
    const { event = {} } = this.#row;
    const run = DurableRun.of((durableExecutionClient) => this.#process({ durableExecutionClient }), {
      input: JSON.stringify(event),
      runtime: this.runtime,
    });
    if (this.#situation === 'replay') {
      await run.killAfter(1000);
      this.#lambdaHandler = undefined;
    }
    const ended = this.#situation === 'thaw' ? await this.#leaveBehind(run) : undefined;
    const outcome = outcomeOf(ended ?? (await run.finish()));
    // A request that is cut while it works is warned of.
    if (this.#situation !== 'thaw' && this.#warnings.length > 0) throw new Error(`Warnings: ${this.#warnings}`);
    if (this.runtime.engineTimers > 0) throw new Error('The engine left a timer behind.');
    const hooks = this.#hooks.map((names) => names.join(' '));
    return { hooks, saw: this.#saw, effects: this.effects, late: this.#late, outcome };
  }

  /** What the caller gets whose ordinary event begins the execution. */
  async ordinaryAnswer(): Promise<unknown> {
    const handler = this.#process({ backend: memoryBackend() });
    const context = { functionName: 'orders', awsRequestId: 'request-1', getRemainingTimeInMillis: () => 900_000 };
    return handler(this.#row.event ?? {}, context).catch((error: unknown) => String(error));
  }

  /** A middleware whose hooks are noted as they run. */
  noted<Real extends Middleware>(middleware: Real): Real {
    const noted: Middleware = { ...middleware };
    for (const name of ['before', 'after', 'onError'] as const) {
      const hook = middleware[name] as ((request: unknown) => unknown) | undefined;
      if (!hook) continue;
      noted[name] = (request: unknown) => {
        this.#hooks.at(-1)?.push(name);
        return hook(request);
      };
    }
    return noted as Real;
  }

  /** Invokes once, and gives the request that was left behind time to do what it still can do. Its output if it ended. */
  async #leaveBehind(run: DurableRun): Promise<DurableExecutionInvocationOutput | undefined> {
    const timers = realTimers();
    const { output } = await run.invoke();
    if (await hasMoreTimers(timers)) this.#late.push('a timer');
    const [hooks, effects] = [this.#hooks.flat().length, this.effects.length];
    await this.runtime.pass(2 * LONG_MS);
    this.#late.push(...this.#hooks.flat().slice(hooks), ...this.effects.splice(effects));
    this.runtime.skipTo(run.service.nextDue() ?? 0);
    return output.Status === 'PENDING' ? undefined : output;
  }

  #process(place: DurableExecutionConfig): LambdaHandler {
    // With no patience for work outside steps, so that a request is left behind while it works.
    const patience = this.#situation === 'thaw' ? { plainWorkLimit: 0, quietGrace: 0 } : {};
    return async (event, context) => {
      this.#lambdaHandler ??= this.#handler({ ...place, ...patience, ...this.#row.config });
      const handler = this.#lambdaHandler;
      this.#hooks.push([]);
      const invocation = (): Promise<unknown> => handler(event, context);
      return this.#row.around ? this.#row.around(invocation, this) : invocation();
    };
  }

  #handler(config: DurableExecutionConfig): LambdaHandler {
    const row = this.#row;
    const body: Handler = async (event, context) => {
      if (row.look) this.#saw.push(structuredClone(row.look(event, context)));
      row.outside?.(this, context);
      return this.#body(context);
    };
    const middlewares = row.use?.(this) ?? [{ before: async () => {} }];
    const form = FORMS[this.#form];
    if (!form) throw new Error(`There is no form ${this.#form}.`);
    const wrapped = row.wrap?.(body, this) ?? body;
    const handler: Handler = (event, context) => {
      context.configureLogger({ customLogger: { ...SILENT, warn: (message) => void this.#warnings.push(message) } });
      return wrapped(event, context);
    };
    return form(handler, middlewares, config);
  }

  async #body(context: DurableContext): Promise<unknown> {
    const row = this.#row;
    await context.step('charge', async () => row.inside?.(this));
    if (this.#situation === 'replay' && this.#hooks.length === 1) await this.runtime.sleep(LONG_MS);
    if (this.#situation === 'suspension') await context.wait(HOUR);
    if (this.#situation === 'failure') throw row.error?.() ?? new RangeError('no stock');
    if (this.#situation === 'thaw') await Promise.race([context.wait(HOUR), this.runtime.sleep(LONG_MS)]);
    return structuredClone(row.answer ?? { ok: true }); // Middlewares write on it.
  }
}

const SILENT = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };

/** Timers of the process: virtual time has none, so middlewares and middy made them. */
function realTimers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}

/** One that is left behind stays for minutes; the test framework's own come and go. */
async function hasMoreTimers(before: number): Promise<boolean> {
  for (let turns = 0; turns < 50; turns++) {
    if (realTimers() <= before) return false;
    await sleep(10);
  }
  return true;
}

function outcomeOf(output: DurableExecutionInvocationOutput): unknown {
  if (output.Status === 'SUCCEEDED') return output.Result === undefined ? undefined : JSON.parse(output.Result);
  const { ErrorType, ErrorMessage } = (output as { Error: { ErrorType: string; ErrorMessage: string } }).Error;
  return `${ErrorType}: ${ErrorMessage}`;
}
