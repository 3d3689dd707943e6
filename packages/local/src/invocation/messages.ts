import type { Functions } from '@middy-durable/backend';
import type { InvocationFailure } from './invocation-error.ts';

/** The two calls of a transport that may travel from the handler's process to the one that started it. */
export const CLIENT_METHODS = ['checkpoint', 'getExecutionState'] as const;
export type ClientMethod = (typeof CLIENT_METHODS)[number];

/** How the handler's process reaches the executions. */
export type HostTransport =
  | { kind: 'none' }
  | { kind: 'store'; file: string; functions: Functions }
  | {
      kind: 'ipc';
      limits?: { maxUpdates?: number; maxBytes?: number } | undefined;
      tracksCode?: boolean | undefined;
    };

/** One invocation, as the handler's process gets it. Payloads are JSON text, as on Lambda. */
export interface InvokeMessage {
  type: 'invoke';
  requestId: string;
  functionName: string;
  /** URL of the handler's module. */
  module: string;
  exportName: string;
  event: string;
  transport: HostTransport;
  /** Epoch milliseconds at which the process is ended. */
  deadline: number;
  memoryLimit: number;
  tenantId?: string | undefined;
}

export interface ReplyMessage {
  type: 'reply';
  call: number;
  /** JSON text. */
  response?: string | undefined;
  error?: TransportFailure | undefined;
}

/** The answer has arrived: the process may end. */
export interface DismissMessage {
  type: 'dismiss';
}

export type ToHost = InvokeMessage | ReplyMessage | DismissMessage;

export interface AnswerMessage {
  type: 'answer';
  requestId: string;
  /** JSON text. */
  output?: string | undefined;
  error?: InvocationFailure | undefined;
  /** True when the process is broken and ends after this answer, whether it was to be kept warm or not. */
  last?: boolean | undefined;
}

export interface CallMessage {
  type: 'call';
  call: number;
  method: ClientMethod;
  /** JSON text. */
  request: string;
}

export type FromHost = AnswerMessage | CallMessage;

/** What an error of a transport keeps on its way between processes: the engines tell errors apart by these. */
export interface TransportFailure {
  name: string;
  message: string;
  $fault?: string | undefined;
  $metadata?: Record<string, unknown> | undefined;
}
