import { createService as createServiceOverStore, type Service, type ServiceOptions } from '@middy-durable/backend';

/** Options of {@link createService}: a backend or a store, what invokes the functions, and how. */
export type LocalServiceOptions = ServiceOptions;

/** Seconds. A process that lives renews its leases three times as often. */
const LIVENESS_SECONDS = 15;

/**
 * Makes the loop that runs functions on this machine: it finds executions that are due and invokes their functions. Any
 * number of services, in any number of processes, may work on one file. When a process dies, another one, or the next one,
 * takes its invocations up after `livenessSeconds`, here 15 by default; an invocation may still take `leaseSeconds`, 900.
 *
 * @throws ValidationException for an option out of range
 * @example
 * const backend = localBackend({ file });
 * const invoke = processInvoker({ handlers: { orders: './handler.ts' }, store: file });
 * const service = createService({ backend, invoke });
 * await service.start({ functionName: 'orders', name: 'order-7', input: '{"id":7}' });
 * await service.run({ signal });
 */
export function createService(options: LocalServiceOptions): Service {
  const { leaseSeconds = 900, livenessSeconds = Math.min(LIVENESS_SECONDS, leaseSeconds) } = options;
  return createServiceOverStore({ ...options, livenessSeconds });
}
