/**
 * What the failure of a custom transport ends: `INVOCATION` only this invocation, which is retried; `EXECUTION` the whole
 * execution, as FAILED.
 * @example DurableExecutionClientErrorScope.EXECUTION // => 'EXECUTION'
 */
export const DurableExecutionClientErrorScope: { readonly INVOCATION: 'INVOCATION'; readonly EXECUTION: 'EXECUTION' } =
  {
    INVOCATION: 'INVOCATION',
    EXECUTION: 'EXECUTION',
  };
export type DurableExecutionClientErrorScope = keyof typeof DurableExecutionClientErrorScope;

export interface DurableExecutionClientErrorOptions {
  /** Default `INVOCATION`. */
  scope?: DurableExecutionClientErrorScope | undefined;
  cause?: unknown;
}

/**
 * Thrown by a custom transport to say how far its failure reaches.
 * @example
 * const gone = new DurableExecutionClientError('table was deleted', { scope: 'EXECUTION' });
 * gone.scope // => 'EXECUTION'
 * isDurableExecutionClientError(gone) // => true
 * isDurableExecutionClientError(new Error('table was deleted')) // => false
 */
export class DurableExecutionClientError extends Error {
  static override readonly name: string = 'DurableExecutionClientError';
  readonly isDurableExecutionClientError = true;
  readonly scope: DurableExecutionClientErrorScope;

  constructor(message: string, options?: DurableExecutionClientErrorOptions) {
    super(message, options);
    this.name = DurableExecutionClientError.name;
    this.scope = options?.scope ?? 'INVOCATION';
  }
}

/**
 * True for a {@link DurableExecutionClientError}, whichever copy of this package or of the official SDK made it: marks
 * count, not the class.
 * @example isDurableExecutionClientError(new DurableExecutionClientError('throttled')) // => true
 */
export function isDurableExecutionClientError(error: unknown): error is DurableExecutionClientError {
  const marked = error as Partial<DurableExecutionClientError>;
  return (
    error instanceof Error &&
    marked.isDurableExecutionClientError === true &&
    (marked.scope === 'INVOCATION' || marked.scope === 'EXECUTION')
  );
}
