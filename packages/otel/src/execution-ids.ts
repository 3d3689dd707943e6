import { createHash, randomBytes } from 'node:crypto';

/** What every invocation of an execution derives alike. */
export interface ExecutionIds {
  /** 32 hex digits. The first 8 are when the execution started, in seconds: X-Ray wants it so. */
  traceId: string;
  /** Of the execution's own span: 16 hex digits. */
  workflowSpanId: string;
}

export function executionIds(executionArn: string, startedAt: Date | undefined): ExecutionIds {
  const hash = digest(executionArn);
  const seconds = Math.floor((startedAt?.getTime() ?? 0) / 1000);
  const time = seconds > 0 ? seconds.toString(16).padStart(8, '0').slice(-8) : hash.slice(0, 8);
  return { traceId: time + hash.slice(8, 32), workflowSpanId: spanId(executionArn, 'workflow') };
}

/** Id of an operation's span: the same in each invocation. */
export function operationSpanId(executionArn: string, operationId: string): string {
  return spanId(executionArn, `operation ${operationId}`);
}

/** Id of an attempt's span: what ran in one that a crash cut off hangs below the one that was recorded in its place. */
export function attemptSpanId(executionArn: string, operationId: string, attempt: number): string {
  return spanId(executionArn, `attempt ${attempt} ${operationId}`);
}

/** Whether an execution is among the sampled: the same answer in each of its invocations. @param ratio 0 to 1 */
export function isSampled(traceId: string, ratio: number): boolean {
  return Number.parseInt(traceId.slice(-13), 16) < ratio * 2 ** 52;
}

function spanId(executionArn: string, what: string): string {
  return digest(`${executionArn} ${what}`).slice(0, 16);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * An id generator for the tracer provider of OpenTelemetry's SDK: random ids, but for the spans of which the plugin says that
 * each invocation has to give them the same.
 * @example
 * const idGenerator = new ExecutionIdGenerator();
 * const tracerProvider = new NodeTracerProvider({ idGenerator, spanProcessors });
 * const plugin = new ExecutionOtelPlugin({ tracerProvider, idGenerator });
 */
export class ExecutionIdGenerator {
  #next: { traceId?: string | undefined; spanId?: string } | undefined;

  /** Gives the span that `start` starts these ids. */
  using<T>(ids: { traceId?: string; spanId: string }, start: () => T): T {
    this.#next = ids;
    try {
      return start();
    } finally {
      this.#next = undefined;
    }
  }

  generateTraceId(): string {
    return this.#next?.traceId ?? randomBytes(16).toString('hex');
  }

  generateSpanId(): string {
    const { traceId, spanId } = this.#next ?? {};
    if (spanId === undefined) return randomBytes(8).toString('hex');
    this.#next = { traceId }; // It is for one span, and the SDK asks for it first.
    return spanId;
  }
}
