import {
  type CheckpointDurableExecutionRequest,
  type CheckpointDurableExecutionResponse,
  callbackTimeout,
  type DurableExecutionClient,
  type DurableExecutionInvocationInput,
  type DurableExecutionInvocationOutput,
  decide,
  dueEvents,
  type ErrorObject,
  evolve,
  type GetDurableExecutionStateRequest,
  type GetDurableExecutionStateResponse,
  hasPendingOperations,
  MAX_CHECKPOINT_BYTES,
  MAX_UPDATES_PER_CHECKPOINT,
  nextTimer,
  type OperationRecord,
  type OperationUpdate,
  openRun,
  operationId,
  type RunEvent,
  type RunState,
  staleToken,
  visibleOperations,
} from '@middy-durable/protocol';

export const EXECUTION_ID = 'e5f00000-0000-4000-8000-000000000001';
export const ARN: string = `arn:aws:lambda:eu-west-1:123456789012:function:orders:1/durable-execution/order-7/${EXECUTION_ID}`;

export interface ServiceOptions {
  clock: { now(): number; nextTurn(callback: () => void): void };
  /** Serialized event. */
  input?: string | undefined;
  /** Operations in one page of state. Default: all. */
  pageSize?: number | undefined;
}

export type InvokeFailure = 'Failed' | 'TimedOut' | 'Stopped';

/** What a test does to a request: throw to refuse it, resolve late, replace the answer. */
export interface Faults {
  before?(request: CheckpointDurableExecutionRequest, count: number): unknown;
  after?(response: CheckpointDurableExecutionResponse, count: number): unknown;
  read?(request: GetDurableExecutionStateRequest, count: number): unknown;
}

/**
 * The service's side of one execution, as strict as the real one: one-time tokens, the state machine, pruned and paged
 * state. It also refuses what an engine must never do: two requests at once, one that is too large, a ClientToken twice.
 */
export class ExecutionService {
  readonly state: RunState;
  readonly requests: CheckpointDurableExecutionRequest[] = [];
  readonly reads: GetDurableExecutionStateRequest[] = [];
  readonly client: DurableExecutionClient;
  faults: Faults = {};
  /** How far the service's clock is behind the function's, in milliseconds. */
  lag = 0;
  readonly #clock: ServiceOptions['clock'];
  readonly #pageSize: number;
  readonly #changed = new Set<string>();
  readonly #clientTokens = new Set<string>();
  #token = '';
  #tokens = 0;
  #answered = false;
  #inFlight = { requests: 0 };

  constructor({ clock, input = '{}', pageSize = Number.POSITIVE_INFINITY }: ServiceOptions) {
    this.#clock = clock;
    this.#pageSize = pageSize;
    this.state = openRun({
      type: 'ExecutionStarted',
      at: clock.now(),
      id: EXECUTION_ID,
      name: 'order-7',
      input,
      executionTimeout: 31_622_400,
    });
    this.client = {
      checkpoint: (request) => this.#alone(() => this.#checkpoint(request)),
      getExecutionState: (request) => this.#alone(() => this.#read(request)),
    };
  }

  /** Begins an invocation; those before it are stale from now on. */
  envelope(): DurableExecutionInvocationInput {
    this.#fireTimers();
    const UpdatedOperationIds = [...this.#changed];
    this.#changed.clear();
    this.state.invocationCount++;
    this.#inFlight = { requests: 0 };
    const AfterAnswer = this.#answered;
    this.#answered = false;
    return {
      DurableExecutionArn: ARN,
      CheckpointToken: this.#newToken(),
      InitialExecutionState: this.#page(undefined),
      UpdatedOperationIds,
      InvocationCount: this.state.invocationCount,
      AfterAnswer,
    };
  }

  /** Takes the answer of an invocation. */
  complete(output: DurableExecutionInvocationOutput): void {
    this.#token = '';
    this.#answered = true;
    if (output.Status === 'PENDING') {
      const moved = hasPendingOperations(this.state) || this.#changed.size > 0 || this.state.status !== 'RUNNING';
      if (!moved) throw new Error('Cannot return PENDING status with no pending operations.');
      return;
    }
    if (this.state.status !== 'RUNNING') return;
    const at = this.#now();
    if (output.Status === 'SUCCEEDED') this.#apply({ type: 'ExecutionSucceeded', at, result: output.Result });
    else this.#apply({ type: 'ExecutionFailed', at, error: output.Error });
  }

  /** When something happens by itself, in epoch milliseconds. */
  nextDue(): number | undefined {
    const ends = [...this.state.deadlines.keys()].map((id) => callbackTimeout(this.state, id)?.at);
    const due = [nextTimer(this.state), ...ends].filter((at) => at !== undefined);
    return due.length > 0 ? Math.min(...due) : undefined;
  }

  operation(rawId: string): OperationRecord | undefined {
    return this.state.operations.get(operationId(rawId));
  }

  succeedCallback(rawId: string, result?: string): void {
    this.#settleCallback(rawId, (at, id) => ({ type: 'CallbackSucceeded', at, id, result }));
  }

  failCallback(rawId: string, error?: ErrorObject): void {
    this.#settleCallback(rawId, (at, id) => ({ type: 'CallbackFailed', at, id, error }));
  }

  /** Ends a chained invoke. */
  endInvoke(rawId: string, outcome: { result?: string } | { error: ErrorObject; status?: InvokeFailure }): void {
    const operation = this.operation(rawId);
    if (operation?.Type !== 'CHAINED_INVOKE') throw new Error(`There is no invoke ${rawId}.`);
    const event: Record<string, unknown> =
      'error' in outcome
        ? { type: `ChainedInvoke${outcome.status ?? 'Failed'}`, error: outcome.error }
        : { type: 'ChainedInvokeSucceeded', result: outcome.result };
    this.#apply({ ...event, at: this.#now(), id: operation.Id } as RunEvent);
  }

  stop(): void {
    this.#apply({ type: 'ExecutionStopped', at: this.#now() });
  }

  /** Puts a record into the state by hand: what another engine, or an older one, may have left. */
  put(rawId: string, record: Omit<OperationRecord, 'Id' | 'StartTimestamp'>): void {
    const Id = operationId(rawId);
    this.state.operations.set(Id, { Id, StartTimestamp: this.#now(), ...record });
  }

  /** All updates, a list for each request: `STEP:START charge`. */
  get sent(): string[][] {
    return this.requests.map(({ Updates = [] }) => Updates.map(describeUpdate));
  }

  /** All updates in one list. */
  get updates(): OperationUpdate[] {
    return this.requests.flatMap(({ Updates = [] }) => Updates);
  }

  #settleCallback(rawId: string, event: (at: number, id: string) => RunEvent): void {
    const operation = this.operation(rawId);
    if (operation?.Type !== 'CALLBACK') throw new Error(`There is no callback ${rawId}.`);
    this.#apply(event(this.#now(), operation.Id));
  }

  async #checkpoint(request: CheckpointDurableExecutionRequest): Promise<CheckpointDurableExecutionResponse> {
    this.requests.push(structuredClone(request));
    const count = this.requests.length;
    checkRequest(request, this.#clientTokens);
    await this.faults.before?.(request, count);
    this.#checkToken(request.CheckpointToken);
    this.#fireTimers();
    const context = {
      at: this.#now(),
      callbackId: (id: string) => Buffer.from(`callback-${id}`).toString('base64'),
    };
    for (const event of decide(this.state, request.Updates ?? [], context)) this.#apply(event);
    const Operations = [...this.#changed].map((id) => this.state.operations.get(id) as OperationRecord);
    this.#changed.clear();
    const open = this.state.status === 'RUNNING';
    const response = {
      ...(open && { CheckpointToken: this.#newToken() }),
      NewExecutionState: { Operations: structuredClone(Operations) },
    } as CheckpointDurableExecutionResponse;
    return ((await this.faults.after?.(response, count)) ?? response) as CheckpointDurableExecutionResponse;
  }

  async #read(request: GetDurableExecutionStateRequest): Promise<GetDurableExecutionStateResponse> {
    this.reads.push({ ...request });
    await this.faults.read?.(request, this.reads.length);
    this.#checkToken(request.CheckpointToken);
    return this.#page(request.Marker, request.MaxItems);
  }

  /** Every request happens later than its call, as over a network, and none beside another one. */
  async #alone<T>(request: () => Promise<T>): Promise<T> {
    const inFlight = this.#inFlight;
    if (inFlight.requests > 0) throw new Error('Two requests at once.');
    inFlight.requests++;
    await new Promise<void>((resolve) => this.#clock.nextTurn(resolve));
    try {
      return await request();
    } finally {
      inFlight.requests--;
    }
  }

  #checkToken(token: string): void {
    if (token !== this.#token || this.state.status !== 'RUNNING') throw staleToken();
  }

  #newToken(): string {
    this.#tokens += 1;
    this.#token = Buffer.from(`token-${this.#tokens}`).toString('base64');
    return this.#token;
  }

  #page(marker: string | undefined, maxItems: number = Number.POSITIVE_INFINITY): GetDurableExecutionStateResponse {
    const all = visibleOperations(this.state);
    const from = Number(marker ?? 0);
    const to = from + Math.min(this.#pageSize, maxItems);
    return {
      Operations: structuredClone(all.slice(from, to)),
      ...(to < all.length && { NextMarker: String(to) }),
    };
  }

  #now(): number {
    return this.#clock.now() - this.lag;
  }

  #fireTimers(): void {
    const now = this.#now();
    for (const event of dueEvents(this.state, now)) this.#apply(event);
    for (const id of [...this.state.deadlines.keys()]) {
      const timeout = callbackTimeout(this.state, id);
      if (timeout && timeout.at <= now) this.#apply({ type: 'CallbackTimedOut', at: now, id, error: timeout.error });
    }
  }

  #apply(event: RunEvent): void {
    const id = evolve(this.state, event);
    if (id !== undefined && id !== EXECUTION_ID) this.#changed.add(id);
  }
}

function checkRequest({ Updates = [], ...request }: CheckpointDurableExecutionRequest, seen: Set<string>): void {
  const { ClientToken } = request;
  if (!ClientToken || ClientToken.length > 64 || seen.has(ClientToken)) {
    throw new Error(`ClientToken ${ClientToken} is missing, too long, or was used before.`);
  }
  seen.add(ClientToken);
  if (Updates.length > MAX_UPDATES_PER_CHECKPOINT) throw new Error(`${Updates.length} updates in one request.`);
  const bytes = Buffer.byteLength(JSON.stringify({ Updates, ...request }));
  if (Updates.length > 1 && bytes > MAX_CHECKPOINT_BYTES) throw new Error(`${bytes} bytes in one request.`);
}

function describeUpdate({ Type, Action, Name }: OperationUpdate): string {
  return Name === undefined ? `${Type}:${Action}` : `${Type}:${Action} ${Name}`;
}
