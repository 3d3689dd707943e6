import { createService, type LoopOptions, type Service } from '@middy-durable/backend';
import type { Clock } from '@middy-durable/protocol';
import type { DynamoDBBackend } from '../dynamodb-backend.ts';
import { eventBridgePut } from './aws-clients.ts';
import { ControlItems } from './control-items.ts';
import { type LambdaFunctions, lambdaFunctions } from './lambda-functions.ts';
import { StatusDelivery } from './status-delivery.ts';
import { tableOf } from './table-of.ts';
import { backendOf, checkSettings, type WakeUpSettings, type WakeUpSource } from './wake-up-options.ts';

const DEFAULT_CONCURRENCY = 25;
/** How often status changes are taken to the bus while somebody stays, in milliseconds. */
const DELIVERY_MS = 5000;

/** What wakes up the runs of one table: shared by the Lambda handler and the process that stays. */
export class Waker {
  readonly clock: Clock;
  readonly items: ControlItems;
  readonly #backend: DynamoDBBackend;
  readonly #settings: WakeUpSettings;
  readonly #functions: LambdaFunctions;
  readonly #delivery: StatusDelivery | undefined;
  #deliveredAt = Number.NEGATIVE_INFINITY;
  #delivering: Promise<void> | undefined;

  constructor(options: WakeUpSource & WakeUpSettings) {
    checkSettings(options);
    const backend = backendOf(options);
    this.#backend = backend;
    this.#settings = options;
    this.clock = backend.engine.clock;
    const table = tableOf(backend.store);
    this.items = new ControlItems(table);
    this.#functions = lambdaFunctions(options.lambda, this.clock);
    const { eventBusName } = options;
    if (eventBusName === undefined) return;
    const put = eventBridgePut(options.eventBridge);
    this.#delivery = new StatusDelivery({ table, store: backend.store, clock: this.clock, put, eventBusName });
  }

  /** The service's loop, which hands runs over. */
  service(options: Pick<LoopOptions, 'endsAt' | 'limit'> = {}): Service {
    const { functions, retries, concurrency = DEFAULT_CONCURRENCY, onError } = this.#settings;
    return createService({
      backend: this.#backend,
      handOver: this.#functions.handOver,
      invoke: this.#functions.invoke,
      functions,
      retries,
      concurrency,
      onError: onError ?? ((error, runId) => console.error(`Wake-up${runId ? ` of run ${runId}` : ''}:`, error)),
      ...options,
    });
  }

  report(error: unknown): void {
    const { onError = (unheard: unknown) => console.error('Wake-up:', unheard) } = this.#settings;
    try {
      onError(error);
    } catch {
      // A listener that fails can't stop what goes on beside it.
    }
  }

  /**
   * Begins to take status changes to their bus, beside the wake-ups, unless that goes on or was done a moment ago. What fails
   * is reported, and stays noted.
   */
  deliver(signal: AbortSignal): void {
    if (this.#delivery === undefined || this.#delivering || this.clock.now() - this.#deliveredAt < DELIVERY_MS) return;
    this.#deliveredAt = this.clock.now();
    this.#delivering = this.#delivery
      .deliver(signal)
      .catch((error: unknown) => this.report(error))
      .finally(() => {
        this.#delivering = undefined;
      });
  }

  /** Resolves when nothing is being delivered: soon after the signal has aborted. */
  async delivered(): Promise<void> {
    await this.#delivering;
  }
}
