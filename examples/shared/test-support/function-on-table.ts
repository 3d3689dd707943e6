import type { Backend } from '@middy-durable/core';
import type { DynamoDBBackend } from '@middy-durable/dynamodb';
import { type LambdaFunction, World } from '../../../test/dynamodb/wake-up-world.ts';
import type { DynamoDBEngine } from '../../../test/support/dynamodb-engines.ts';
import type { Moment } from './crash.ts';
import { mortalBackend, ProcessDied } from './mortal-backend.ts';
import type { OrdinaryHandler } from './ordinary-function.ts';
import type { SwitchedBackend } from './switched-backend.ts';

const NAME = 'function';
const MINUTE = 60_000;
/** How far time goes at once: a second is what wake-ups are accurate to. */
const STEP_MS = 250;

/**
 * A function as it is deployed: on a DynamoDB table with its real wake-up function, which a schedule of one minute invokes,
 * in virtual time and on a Lambda in this process.
 */
export class FunctionOnTable {
  readonly #world: World;
  readonly #handler: OrdinaryHandler;
  readonly #switched: SwitchedBackend;
  #death: Promise<never> = new Promise(() => {});
  /** Invocations of the function that are under way. */
  #working = 0;
  #nextTick: number;

  /** @param switched the backend that the handler was made with */
  static async on(
    engine: DynamoDBEngine,
    handler: OrdinaryHandler,
    switched: SwitchedBackend,
  ): Promise<FunctionOnTable> {
    return new FunctionOnTable(await World.make(engine), handler, switched);
  }

  private constructor(world: World, handler: OrdinaryHandler, switched: SwitchedBackend) {
    this.#world = world;
    this.#handler = handler;
    this.#switched = switched;
    this.#nextTick = world.clock.now();
    world.lambda.functions.set(NAME, this.#invocation);
    world.deployWakeUp();
    this.#startProcess();
  }

  /** Epoch milliseconds. */
  get now(): number {
    return this.#world.clock.now();
  }

  /** What the wake-up function and the functions did not catch. */
  get thrown(): readonly unknown[] {
    return this.#world.lambda.thrown;
  }

  /** How often an asynchronous invocation went on with an execution. */
  get wakeUps(): number {
    return this.#world.lambda.eventsOf(NAME).length;
  }

  /** Sends an event; resolves to the answer as JSON carries it. Rejects with ProcessDied when the process died meanwhile. */
  async send(event: unknown): Promise<unknown> {
    const requestId = this.#world.clock.randomId();
    const answer = await this.#world.lambda.invoke({ functionName: NAME, event: structuredClone(event), requestId });
    return JSON.parse(JSON.stringify(answer ?? null));
  }

  /** The process that works next dies when it is about to record that the operation succeeded, or when that is recorded. */
  dies(moment: Moment, operation: string): void {
    const { backend, death } = mortalBackend(this.outside(), moment, operation);
    this.#death = death;
    this.#switched.switchTo(backend);
  }

  /** What a process elsewhere has, such as an approver's. */
  outside(): DynamoDBBackend {
    return this.#world.backend();
  }

  /** Time passes, with all that happens in it. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    await this.#rest();
    while (this.now < end) {
      this.#tickIfDue();
      await this.#world.pass(Math.min(STEP_MS, end - this.now));
      await this.#rest();
    }
  }

  /** Time passes in which nothing falls due. */
  async passIdle(ms: number): Promise<void> {
    await this.pass(MINUTE);
    this.#world.clock.skipTo(this.now + ms);
    this.#nextTick = this.now;
  }

  /** All that Lambda was asked to do so far it does again: an event is delivered at least once. */
  repeatInvocations(): void {
    for (const accepted of [...this.#world.lambda.accepted]) this.#world.lambda.work(accepted);
  }

  /** Of each execution its name and how it stands. */
  async executions(): Promise<string[]> {
    const { DurableExecutions } = await this.outside().executions.list();
    return DurableExecutions.map(({ DurableExecutionName, Status }) => `${DurableExecutionName} ${Status}`).sort();
  }

  readonly #invocation: LambdaFunction = async (event, { functionName, functionVersion, awsRequestId }) => {
    this.#working += 1;
    try {
      // Nothing is said of the time that remains: a process that dies here leaves no timer.
      const context = { functionName, functionVersion, awsRequestId };
      return await Promise.race([this.#handler(event, context), this.#death]);
    } catch (error) {
      if (error instanceof ProcessDied) this.#startProcess();
      throw error;
    } finally {
      this.#working -= 1;
    }
  };

  #startProcess(): void {
    this.#death = new Promise(() => {});
    this.#switched.switchTo(this.outside() satisfies Backend);
  }

  #tickIfDue(): void {
    if (this.now < this.#nextTick) return;
    this.#nextTick += MINUTE;
    this.#world.tick();
  }

  /** Until no function works any more. They need no time of this world. */
  async #rest(): Promise<void> {
    await this.#world.quiet();
    while (this.#working > 0) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      await this.#world.quiet();
    }
  }
}
