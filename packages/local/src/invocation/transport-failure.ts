import type { TransportFailure } from './messages.ts';

/** What of a transport's error travels between processes. */
export function packFailure(error: unknown): TransportFailure {
  const { name, message, $fault, $metadata } = (error ?? {}) as Partial<TransportFailure>;
  return {
    name: typeof name === 'string' ? name : 'Error',
    message: typeof message === 'string' ? message : String(error),
    ...(typeof $fault === 'string' && { $fault }),
    ...(typeof $metadata === 'object' && $metadata !== null && { $metadata }),
  };
}

/** The error again: `name`, `$fault` and `$metadata.httpStatusCode` decide what the engine does with it. */
export function unpackFailure({ name, message, $fault, $metadata }: TransportFailure): Error {
  const error = new Error(message);
  error.name = name;
  return Object.assign(error, $fault !== undefined && { $fault }, $metadata !== undefined && { $metadata });
}
