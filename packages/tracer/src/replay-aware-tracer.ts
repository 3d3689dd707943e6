import type { Tracer } from '@aws-lambda-powertools/tracer';
import { currentDurableInvocation, type ObservedInvocation, type StepAttempt } from '@middy-durable/core/middleware';
import { ExecutionTrace } from './execution-trace.ts';
import { type AnySegment, closeAll, type Subsegment, segmentName } from './x-ray.ts';

type Provider = Tracer['provider'];
const REPLACED = [
  'getSegment',
  'setSegment',
  'putAnnotation',
  'putMetadata',
  'captureAsyncFunc',
  'captureFunc',
] as const satisfies readonly (keyof Provider)[];
type Replaced = (typeof REPLACED)[number];
const USED = [
  'isTracingEnabled',
  'getSegment',
  'annotateColdStart',
  'addServiceNameAnnotation',
  'putMetadata',
] as const;

/** The one of a tracer, whichever copy of this package made it. */
const BRAND = Symbol.for('@middy-durable/tracer/replay-aware');
/** In X-Ray's context: the invocation whose segments are kept there, in a step or a captured function. */
const OWNER = 'middy-durable.invocation';
/** Where X-Ray itself keeps the current segment there. */
const CURRENT = 'segment';

/**
 * Makes a tracer know where in an execution it is called. Outside of executions, and in steps, X-Ray's own context has the
 * current segment; elsewhere it would be one for all executions of the process.
 */
export class ReplayAwareTracer {
  readonly #tracer: Tracer;
  readonly #originals: Pick<Provider, Replaced>;
  readonly #traces = new WeakMap<ObservedInvocation, ExecutionTrace>();

  /** @throws TypeError when it is no Tracer of Powertools, or one that can't be made replay-aware */
  static of(tracer: Tracer): ReplayAwareTracer {
    checkTracer(tracer);
    const known = (tracer as unknown as Record<symbol, ReplayAwareTracer | undefined>)[BRAND];
    if (known) return known;
    const made = new ReplayAwareTracer(tracer);
    Object.defineProperty(tracer, BRAND, { value: made });
    return made;
  }

  private constructor(tracer: Tracer) {
    this.#tracer = tracer;
    const { provider } = tracer;
    this.#originals = Object.fromEntries(
      REPLACED.map((name) => [name, (provider[name] as (...args: never[]) => unknown).bind(provider)]),
    ) as Pick<Provider, Replaced>;
    Object.assign(provider, this.#replacements());
  }

  /** Begins the subsegment of an invocation. Undefined outside of executions, and where X-Ray has no segment. */
  begin(name: string): ExecutionTrace | undefined {
    const invocation = currentDurableInvocation();
    const known = invocation && this.#traces.get(invocation);
    if (known || !invocation) return known;
    const parent = this.#originals.getSegment();
    if (!parent) return undefined;
    const trace = new ExecutionTrace(invocation, parent, segmentName(name));
    this.#traces.set(invocation, trace);
    invocation.aroundStep((next, step) => this.#attempt(invocation, trace, next, step));
    return trace;
  }

  /** Runs `call` with `segment` as the current one, there and in all that it sets off. */
  within<T>(segment: AnySegment, call: () => T): T {
    const namespace = this.#tracer.provider.getNamespace();
    return namespace.runAndReturn(() => {
      namespace.set(OWNER, currentDurableInvocation());
      namespace.set(CURRENT, segment);
      return call();
    }) as T;
  }

  async #attempt(
    invocation: ObservedInvocation,
    trace: ExecutionTrace,
    next: () => Promise<unknown>,
    { name, operationId, attempt }: StepAttempt,
  ): Promise<unknown> {
    // The function around it may be one that began in an earlier invocation: its subsegment is not sent any more.
    const around = this.#keptBy(invocation) ?? trace.current;
    const parent = (around as Partial<Subsegment>).segment ? around : trace.segment;
    const segment = parent.addNewSubsegment(segmentName(`### ${name ?? operationId}`));
    segment.addAnnotation('execution_arn', invocation.executionArn);
    segment.addAnnotation('operation_id', operationId);
    if (name !== undefined) segment.addAnnotation('operation_name', name);
    segment.addAnnotation('attempt', attempt);
    try {
      return await this.within(segment, next);
    } catch (error) {
      if (!segment.isClosed()) segment.addError(error as Error);
      throw error;
    } finally {
      closeAll(segment);
    }
  }

  /** The current segment in X-Ray's context, where it is that of this invocation. */
  #keptBy(invocation: ObservedInvocation): AnySegment | undefined {
    const namespace = this.#tracer.provider.getNamespace();
    return namespace.get(OWNER) === invocation ? namespace.get(CURRENT) : undefined;
  }

  /** Of code in an execution and outside of steps and captured functions. */
  #trace(): ExecutionTrace | undefined {
    const invocation = currentDurableInvocation();
    const trace = invocation && this.#traces.get(invocation);
    return trace && !this.#keptBy(invocation) ? trace : undefined;
  }

  #replacements(): Pick<Provider, Replaced> {
    const originals = this.#originals;
    return {
      getSegment: () => {
        const invocation = currentDurableInvocation();
        const known = invocation && (this.#keptBy(invocation) ?? this.#traces.get(invocation)?.current);
        return known ?? originals.getSegment();
      },
      setSegment: (segment) => {
        const invocation = currentDurableInvocation();
        const trace = invocation && this.#traces.get(invocation);
        if (invocation && this.#keptBy(invocation)) this.#tracer.provider.getNamespace().set(CURRENT, segment);
        else if (trace) trace.current = segment as AnySegment;
        else originals.setSegment(segment);
      },
      putAnnotation: (key, value) => {
        const segment = this.#trace()?.annotated;
        if (segment) segment.addAnnotation(key, value);
        else originals.putAnnotation(key, value);
      },
      putMetadata: (key, value, namespace) => {
        const segment = this.#trace()?.annotated;
        if (segment) segment.addMetadata(key, value, namespace);
        else originals.putMetadata(key, value, namespace);
      },
      captureAsyncFunc: (...args) => this.#captured(() => originals.captureAsyncFunc(...args)),
      captureFunc: (...args) => this.#captured(() => originals.captureFunc(...args)),
    };
  }

  /** X-Ray looks for the current segment in its own context. */
  #captured<T>(capture: () => T): T {
    const trace = this.#trace();
    return trace ? this.within(trace.current, capture) : capture();
  }
}

function checkTracer(tracer: Tracer): void {
  const given = tracer as Partial<Tracer> | null | undefined;
  const missing = USED.filter((name) => typeof given?.[name] !== 'function');
  if (missing.length === USED.length) {
    throw new TypeError(
      `replayAwareTracer: what was passed is no Tracer of Powertools (${given ? typeof given : String(given)}): pass ` +
        'new Tracer(...) of @aws-lambda-powertools/tracer',
    );
  }
  const provider = given?.provider as Partial<Provider> | undefined;
  const hooks = [...REPLACED, 'getNamespace'] as const;
  const absent = [...missing, ...hooks.filter((name) => typeof provider?.[name] !== 'function')];
  if (absent.length === 0) return;
  throw new TypeError(
    `replayAwareTracer: this version of Tracer can't be made replay-aware, it has no ${absent.join(', ')}. Use ` +
      '@aws-lambda-powertools/tracer 2.35 or later',
  );
}
