import { createBackend, createService, type Service, type StoreBackend } from '@middy-durable/backend';
import type { HistoryEvent } from '@middy-durable/core';
import { type VirtualTime, virtualTime } from '@middy-durable/testing';
import type { MakeBackend, OpenBackend } from '../../../test/support/backends.ts';
import type { Moment } from './crash.ts';
import { mortalBackend, ProcessDied } from './mortal-backend.ts';
import type { SwitchedBackend } from './switched-backend.ts';

/** A handler as Lambda calls it. */
// biome-ignore lint/suspicious/noExplicitAny: each function has events of its own
export type OrdinaryHandler = (event: any, context: any) => Promise<unknown>;

/** A little more than the lease of an invocation whose context does not say how long it may take. */
const LEASE_MS = 903_000;
const SOON_MS = 10_000;

/** Serves a function's ordinary events on a store of its own and on virtual time, with the loop that goes on with what waits. */
export class OrdinaryFunction {
  readonly #time: VirtualTime;
  readonly #open: OpenBackend;
  readonly #handler: OrdinaryHandler;
  readonly #switched: SwitchedBackend;
  #service: Service;
  #requests = 0;
  /** Rejects when the process dies that runs now. */
  #death: Promise<never> = new Promise(() => {});

  /** @param switched the backend that the handler was made with */
  static async on(make: MakeBackend, handler: OrdinaryHandler, switched: SwitchedBackend): Promise<OrdinaryFunction> {
    const time = virtualTime();
    return new OrdinaryFunction(time, await make({ clock: time }), handler, switched);
  }

  private constructor(time: VirtualTime, open: OpenBackend, handler: OrdinaryHandler, switched: SwitchedBackend) {
    this.#time = time;
    this.#open = open;
    this.#handler = handler;
    this.#switched = switched;
    this.#service = this.#startProcess();
  }

  get backend(): StoreBackend {
    return this.#service.backend;
  }

  /**
   * Sends an event, as a Lambda request of its own, and resolves to the answer as JSON carries it. Rejects with ProcessDied
   * when the process died meanwhile; another one serves the next request.
   */
  async send(event: unknown): Promise<unknown> {
    this.#requests += 1;
    try {
      // A copy: Lambda parses the event of each invocation anew.
      const answer = await Promise.race([this.#handler(structuredClone(event), this.#context()), this.#death]);
      return JSON.parse(JSON.stringify(answer ?? null));
    } catch (error) {
      if (error instanceof ProcessDied) {
        await this.#service.close();
        this.#service = this.#startProcess();
      }
      throw error;
    }
  }

  /** This process dies when it is about to record that the operation succeeded, or when that is recorded. */
  dies(moment: Moment, operation: string): void {
    const { backend, death } = mortalBackend(this.backend, moment, operation);
    this.#death = death;
    this.#switched.switchTo(backend);
  }

  /** Lets the loop do what is due, now and within the next seconds: what failed is tried again a little later. */
  async settle(): Promise<void> {
    const end = this.#time.now() + SOON_MS;
    for (;;) {
      const next = await this.#service.tick();
      await this.#service.idle();
      if (next === undefined || next > end) return;
      this.#pass(next - this.#time.now());
    }
  }

  /** The time that invocations had left which died passes. */
  endLeases(): void {
    this.#pass(LEASE_MS);
  }

  /** Of each execution its name and how it stands. */
  async executions(): Promise<string[]> {
    const { DurableExecutions } = await this.backend.executions.list();
    return DurableExecutions.map(({ DurableExecutionName, Status }) => `${DurableExecutionName} ${Status}`).sort();
  }

  /** Of the newest execution. */
  async history(): Promise<HistoryEvent[]> {
    const { DurableExecutions } = await this.backend.executions.list();
    const { Events } = await this.backend.executions.history(String(DurableExecutions[0]?.DurableExecutionArn));
    return Events;
  }

  async close(): Promise<void> {
    await this.#service.close();
    await this.#open.close();
  }

  #pass(ms: number): void {
    const until = this.#time.now() + ms;
    while (this.#time.advance(until));
  }

  #startProcess(): Service {
    const backend = createBackend({ store: this.#open.backend.engine.store, clock: this.#time });
    this.#death = new Promise(() => {});
    this.#switched.switchTo(backend);
    return createService({ backend, invoke: (_name, envelope) => this.#handler(envelope, this.#context()) });
  }

  /** Says nothing of the time that remains: a process that dies here leaves no timer that would run after its death. */
  #context(): object {
    return { functionName: 'orders', awsRequestId: `request-${this.#requests}` };
  }
}
