import type { StoreBackend } from '@middy-durable/backend';
import {
  type ErrorObject,
  isFinal,
  type OperationRecord,
  parseExecutionArn,
  type RunState,
} from '@middy-durable/protocol';
import { spanMilliseconds, type TimeSpan } from '../time/time-span.ts';
import type { VirtualTime } from '../time/virtual-time.ts';
import { ExecutionRunningError, listed, TestRunnerError } from '../view/errors.ts';
import { describeOpen, givenName, operationsOf } from '../view/operation-names.ts';
import { RunReader, type RunView } from '../view/run-log.ts';
import { TestRun } from '../view/test-run.ts';
import { callsOf, hasTimeLimit, isStarted, needsOutside } from './called-executions.ts';
import type { Driver } from './driver.ts';
import type { InvocationRecord } from './invocation-log.ts';
import type { Invoker } from './invoker.ts';
import { type TestCallback, testCallback } from './test-callback.ts';

/**
 * An execution that a test drives. It moves only while the test waits for one of these promises; then its handler is
 * invoked, and virtual time passes, as far as is needed.
 */
export interface TestExecution<Result = unknown> {
  readonly arn: string;
  readonly name: string;
  /** Its invocations so far. */
  readonly invocations: readonly InvocationRecord[];
  /**
   * Lets it run to its end, or until it waits for what only the outside can give; resolves to how it stands then.
   * Timers run out on the way, those of callbacks too. The time that an execution has got counts only where the test set
   * `executionTimeout`.
   */
  run(): Promise<TestRun<Result>>;
  /**
   * Lets it run to its end and resolves to what the handler returned.
   *
   * @throws ExecutionFailedError when it ends otherwise
   * @throws ExecutionRunningError when it waits for what only the outside can give, with the list of that
   */
  result(): Promise<Result>;
  /**
   * Lets it run until a callback is open and nothing else moves; resolves to that callback, to be completed.
   *
   * @param name of the callback, or of its `waitForCallback`. Default: any.
   * @param index which one of several with that name, from 0 in order of start. Default: the first that is still open.
   * @throws TestRunnerError when the execution ends or stops moving without it, with the callbacks there are
   * @example
   * const approval = await execution.callback('approval');
   * await approval.succeed('yes');
   */
  callback(name?: string, index?: number): Promise<TestCallback>;
  /**
   * Moves virtual time exactly that far; what falls due on the way runs.
   *
   * @throws TypeError or RangeError for what is no length of time
   * @example await execution.advance({ days: 2 });
   */
  advance(span: TimeSpan): Promise<void>;
  /**
   * Lets it run until a durable function that it called has an execution, and nothing else moves; resolves to that
   * execution.
   *
   * @param name of the `context.invoke`. Default: any.
   * @param index which one of several with that name, from 0 in order of start. Default 0.
   * @throws TestRunnerError when the execution ends or stops moving without it, with the invokes there are
   * @example
   * const billing = await execution.invoked('bill');
   * await (await billing.callback('paid')).succeed();
   */
  invoked(name?: string, index?: number): Promise<TestExecution>;
  /** How it stands now. Nothing moves. */
  look(): Promise<TestRun<Result>>;
  /** Ends it as STOPPED; one that has ended is left as it is. */
  stop(error?: ErrorObject): Promise<void>;
}

export interface ExecutionParts {
  backend: StoreBackend;
  driver: Driver;
  invoker: Invoker;
  time: VirtualTime;
  arn: string;
  name: string;
  /** The test has said how long the execution may take, so running out of that is one way to go on. */
  timeoutMatters: boolean;
}

export class DrivenExecution<Result> implements TestExecution<Result> {
  readonly arn: string;
  readonly name: string;
  readonly #parts: ExecutionParts;
  readonly #reader: RunReader;

  constructor(parts: ExecutionParts) {
    this.arn = parts.arn;
    this.name = parts.name;
    this.#parts = parts;
    this.#reader = new RunReader(parts.backend.engine.store, parts.arn);
  }

  get invocations(): readonly InvocationRecord[] {
    return this.#parts.invoker.log.records(this.arn);
  }

  async look(): Promise<TestRun<Result>> {
    return new TestRun<Result>(this.arn, await this.#reader.look(), this.invocations);
  }

  async run(): Promise<TestRun<Result>> {
    await this.#parts.driver.pursue({
      reached: async (still) => {
        const { state } = await this.#reader.look();
        return isFinal(state.status) || (still && (await this.#needsOutside()));
      },
    });
    return this.look();
  }

  async result(): Promise<Result> {
    return (await this.run()).result;
  }

  async callback(name?: string, index?: number): Promise<TestCallback> {
    let found: OperationRecord | undefined;
    await this.#parts.driver.pursue({
      reached: async (still) => {
        const { state } = await this.#reader.look();
        if (!still && !isFinal(state.status)) return false;
        found = await this.#findCallback(state, name, index);
        if (found !== undefined) return true;
        if (isFinal(state.status) || (await this.#needsOutside())) throw this.#noCallback(state, name, index);
        return false;
      },
    });
    return testCallback(this.#parts.backend.callbacks, {
      callbackId: found?.CallbackDetails?.CallbackId as string,
      name: givenName((await this.#reader.look()).state, found as OperationRecord),
      executionName: this.name,
    });
  }

  async invoked(name?: string, index = 0): Promise<TestExecution> {
    const { driver, backend } = this.#parts;
    const { store } = backend.engine;
    let found: string | undefined;
    await driver.pursue({
      reached: async (still) => {
        const view = await this.#reader.look();
        const ended = isFinal(view.state.status);
        if (!still && !ended) return false;
        const calls = callsOf(view).filter(({ operation, arn }) => {
          return arn !== undefined && (name === undefined || operation.Name === name);
        });
        const call = calls[index];
        if (call !== undefined && (await isStarted(store, this.#reader.runId, call.operation.Id))) found = call.arn;
        if (found !== undefined) return true;
        if (ended || (await this.#needsOutside())) throw this.#noCall(view, name, index);
        return false;
      },
    });
    const arn = found as string;
    const { state } = await new RunReader(store, arn).look();
    const { name: itsName } = parseExecutionArn(arn);
    return new DrivenExecution({ ...this.#parts, arn, name: itsName, timeoutMatters: hasTimeLimit(state) });
  }

  async advance(span: TimeSpan): Promise<void> {
    const { driver, time } = this.#parts;
    const until = time.now() + spanMilliseconds(span, 'advance');
    await driver.pursue({ until, reached: async (still) => still && time.now() >= until });
  }

  async stop(error?: ErrorObject): Promise<void> {
    await this.#parts.backend.executions.stop(this.arn, error);
  }

  /** It has no code at work, and nothing is due, here and in what it called, but the end of its time. */
  async #needsOutside(): Promise<boolean> {
    const { invoker, backend, timeoutMatters } = this.#parts;
    if (timeoutMatters || invoker.isRunning(this.arn)) return false;
    return needsOutside(backend.engine.store, this.#reader);
  }

  async #findCallback(
    state: RunState,
    name: string | undefined,
    index: number | undefined,
  ): Promise<OperationRecord | undefined> {
    const fitting = callbacksOf(state).filter((one) => name === undefined || givenName(state, one) === name);
    if (index !== undefined) return fitting[index];
    if (isFinal(state.status)) return undefined;
    const completed = await this.#completed();
    return fitting.find(({ Id, Status }) => !isFinal(Status) && !completed.has(Id));
  }

  /** Operations that the outside has completed and the execution has not heard of. */
  async #completed(): Promise<Set<string>> {
    const items = await this.#parts.backend.engine.store.outside(this.#reader.runId);
    return new Set(items.flatMap(({ operationId, outcome }) => (outcome === undefined ? [] : [operationId])));
  }

  #noCall(view: RunView, name: string | undefined, index: number): Error {
    const wanted = `${name === undefined ? '' : ` "${name}"`} number ${index} (from 0)`;
    const there = callsOf(view).map(({ operation: { Name, Status }, arn }) => {
      return `"${Name ?? '(unnamed)'}" (${Status}${arn === undefined ? ', not durable' : ''})`;
    });
    return new TestRunnerError(
      `Execution ${this.name} has called no durable function${wanted}. Its invokes: ${listed(there)}. ` +
        this.#standing(view.state),
    );
  }

  #standing(state: RunState): string {
    if (state.status === 'RUNNING') return new ExecutionRunningError(this.name, describeOpen(state)).message;
    return `It is ${state.status}${state.error ? `: ${state.error.ErrorMessage}` : ''}.`;
  }

  #noCallback(state: RunState, name: string | undefined, index: number | undefined): Error {
    const wanted = `${name === undefined ? '' : ` "${name}"`}${index === undefined ? '' : ` number ${index} (from 0)`}`;
    const there = callbacksOf(state).map((one) => `"${givenName(state, one) ?? '(unnamed)'}" (${one.Status})`);
    return new TestRunnerError(
      `Execution ${this.name} has no open callback${wanted}. Its callbacks: ${listed(there)}. ${this.#standing(state)}`,
    );
  }
}

function callbacksOf(state: RunState): OperationRecord[] {
  return operationsOf(state).filter(({ Type }) => Type === 'CALLBACK');
}
