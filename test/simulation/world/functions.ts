import type { Invoke, StoreBackend } from '@middy-durable/backend';
import { type DurableContext, type DurableLambdaHandler, withDurableExecution } from '@middy-durable/core';
import {
  type CheckpointDurableExecutionRequest,
  type DurableExecutionClient,
  type DurableExecutionInvocationInput,
  decodeCheckpointToken,
  isDurableInvocation,
  isStaleToken,
  RUNTIME_KEY,
} from '@middy-durable/protocol';
import { calledHandlerOf, handlerOf } from '../program/interpreter.ts';
import type { Hooks } from '../program/program.ts';
import { type Answer, answerOf, checkAnswer, withAnswer } from './answer-checks.ts';
import { plainAnswer } from './called-functions.ts';
import { ConnectionLost, remoteCall } from './calls.ts';
import { deliver } from './delivery.ts';
import { hooksOf } from './hooks.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import { FUNCTION_NAME, type Simulation } from './simulation.ts';

/** A process that the functions' handlers run in. */
export interface Host {
  process: SimulatedProcess;
  client: DurableExecutionClient;
  handler: DurableLambdaHandler;
  /** Of the durable functions that the program calls. */
  called: DurableLambdaHandler;
}

/** How often an envelope carries only the beginning of its state. */
const PAGED = 0.15;

/** The functions of a world, in as many processes as it takes. */
export class Functions {
  /** Newest requests: what a zombie might send again. */
  readonly requests: CheckpointDurableExecutionRequest[] = [];
  /** Checkpoints of functions that were refused because somebody else had written. */
  staleCheckpoints = 0;
  /** Invocations whose handler has not answered, in living processes. */
  readonly running: Set<SimulatedProcess[]> = new Set();
  readonly #simulation: Simulation;
  readonly #hosts = new Map<SimulatedProcess, Host>();
  #warm: Host | undefined;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  get inFlight(): number {
    return [...this.running].filter(([process]) => process?.alive).length;
  }

  /** How a service invokes: the envelope goes to some host. */
  invokeFrom(service: SimulatedProcess, backend: () => StoreBackend): Invoke {
    return (name, event, context) =>
      deliver(this.#simulation, service, () => this.#host(service, backend), name, event, context);
  }

  /** Runs a handler once. Resolves to its answer as it goes over the wire. */
  async run(
    host: Host,
    name: string,
    event: DurableExecutionInvocationInput,
    requestId: string,
    remaining: number,
  ): Promise<unknown> {
    if (isDurableInvocation(event)) return this.#runDurably(host, name, event, requestId, remaining);
    return overTheWire(await plainAnswer(this.#simulation, host.process, event, requestId));
  }

  async #runDurably(
    host: Host,
    name: string,
    envelope: DurableExecutionInvocationInput,
    requestId: string,
    remaining: number,
  ): Promise<unknown> {
    const { process, client } = host;
    const handler = name === FUNCTION_NAME ? host.handler : host.called;
    const { world } = this.#simulation;
    const runtime = process.runtime();
    const deadline = process.now() + remaining;
    const running = [process];
    const invocation = this.#simulation.nextInvocation();
    const known = this.#simulation.storage.invocations;
    const { invocationId } = decodeCheckpointToken(envelope.CheckpointToken);
    known.set(invocation, invocationId);
    this.running.add(running);
    try {
      const sent = world.random.chance(PAGED) ? await this.#paged(client, envelope) : overTheWire(envelope);
      const event = { ...sent, durableExecutionClient: client, [RUNTIME_KEY]: runtime };
      const lambdaContext = withAnswer(
        {
          awsRequestId: requestId,
          getRemainingTimeInMillis: () => Math.max(0, deadline - process.now()),
        },
        invocation,
      );
      const output = overTheWire(await handler(event, lambdaContext));
      const answer = answerOf(lambdaContext) as Answer;
      checkAnswer(this.#simulation, process, envelope.DurableExecutionArn, answer, output);
      this.#simulation.storage.answered.add(requestId);
      return output;
    } finally {
      this.running.delete(running);
      world.whenQuiet(() => {
        if (runtime.open > 0)
          world.violate('nothing is left', `an invocation left ${runtime.open} timers in ${process.name}`);
      });
    }
  }

  /** The envelope with a first page of state so short that the function has to ask for the next. */
  async #paged(
    client: DurableExecutionClient,
    envelope: DurableExecutionInvocationInput,
  ): Promise<DurableExecutionInvocationInput> {
    const { DurableExecutionArn, CheckpointToken } = envelope;
    const MaxItems = this.#simulation.world.random.whole(1, 3);
    const page = await client.getExecutionState({ DurableExecutionArn, CheckpointToken, MaxItems });
    return { ...overTheWire(envelope), InitialExecutionState: page };
  }

  #host(service: SimulatedProcess, backend: () => StoreBackend): Host {
    const { scenario, world } = this.#simulation;
    const where =
      scenario.functions === 'mixed' ? world.random.pick(['service', 'warm', 'fresh'] as const) : scenario.functions;
    if (where === 'service') {
      if (!this.#hosts.has(service)) this.#hosts.set(service, this.#newHost(service, backend));
      return this.#hosts.get(service) as Host;
    }
    if (where === 'warm' && this.#warm?.process.alive) return this.#warm;
    const process = this.#simulation.spawn('function');
    const own = scenario.backends === 'own' ? this.#simulation.services.backendFor(process) : undefined;
    const host = this.#newHost(process, () => own);
    if (where === 'warm') this.#warm = host;
    return host;
  }

  #newHost(process: SimulatedProcess, own: () => StoreBackend | undefined): Host {
    const simulation = this.#simulation;
    const { program, holdStart } = simulation.scenario;
    const client = simulation.broken(this.#client(process, own));
    const hooksFor = (context: DurableContext): Hooks => hooksOf(simulation, process, context);
    const handler = withDurableExecution(handlerOf(program, hooksFor), { holdStart });
    const called = withDurableExecution(calledHandlerOf(program, hooksFor), { holdStart });
    return { process, client, handler, called };
  }

  #client(process: SimulatedProcess, own: () => StoreBackend | undefined): DurableExecutionClient {
    const call = <T>(label: string, ask: (client: DurableExecutionClient) => Promise<T>): Promise<T> => {
      const backend = own();
      if (backend !== undefined) return remoteCall(process, process, label, () => ask(backend.client));
      const { alive } = this.#simulation.services;
      if (alive.length === 0) return Promise.reject(new ConnectionLost(label));
      const server = this.#simulation.world.random.pick(alive);
      return remoteCall(process, server.process, label, () => ask(server.backend.client));
    };
    return {
      checkpoint: (request) => {
        this.#note(request);
        const sent = overTheWire(request);
        const label = `checkpoint [${(sent.Updates ?? []).map(({ Type, Action, Name }) => `${Type} ${Action} ${Name ?? ''}`)}]`;
        return call(label, async (client) => overTheWire(await client.checkpoint(overTheWire(sent)))).then(
          (response) => {
            this.#simulation.storage.unheard.delete(request.ClientToken ?? '');
            return response;
          },
          (error: unknown) => {
            if (isStaleToken(error)) this.staleCheckpoints += 1;
            throw error;
          },
        );
      },
      getExecutionState: (request) =>
        call('getExecutionState', async (client) => overTheWire(await client.getExecutionState(request))),
    };
  }

  #note(request: CheckpointDurableExecutionRequest): void {
    const { invocationId, sequence } = decodeCheckpointToken(request.CheckpointToken);
    this.#simulation.storage.sent.set(request.ClientToken ?? '', { invocationId, sequence });
    this.requests.push(request);
    if (this.requests.length > 30) this.requests.shift();
  }
}

/** What arrives is never what was sent, only alike. */
function overTheWire<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}
