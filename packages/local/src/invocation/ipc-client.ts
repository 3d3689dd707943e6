import type { DurableExecutionClient } from '@middy-durable/protocol';
import type { CallMessage, ClientMethod, HostTransport, ReplyMessage } from './messages.ts';
import { unpackFailure } from './transport-failure.ts';

/** A client whose calls are answered by the process that started this one. */
export class IpcClient implements DurableExecutionClient {
  readonly limits: DurableExecutionClient['limits'];
  readonly tracksCode: boolean | undefined;
  readonly #send: (message: CallMessage) => void;
  readonly #open = new Map<number, (reply: ReplyMessage) => void>();
  #calls = 0;

  constructor(transport: Extract<HostTransport, { kind: 'ipc' }>, send: (message: CallMessage) => void) {
    this.limits = transport.limits;
    this.tracksCode = transport.tracksCode;
    this.#send = send;
  }

  checkpoint: DurableExecutionClient['checkpoint'] = (request) => this.#call('checkpoint', request);
  getExecutionState: DurableExecutionClient['getExecutionState'] = (request) =>
    this.#call('getExecutionState', request);

  /** Settles the call that `reply` answers. */
  receive(reply: ReplyMessage): void {
    this.#open.get(reply.call)?.(reply);
    this.#open.delete(reply.call);
  }

  #call<Response>(method: ClientMethod, request: unknown): Promise<Response> {
    return new Promise((resolve, reject) => {
      const call = ++this.#calls;
      this.#open.set(call, ({ response, error }) => {
        if (error) reject(unpackFailure(error));
        else resolve(JSON.parse(response ?? 'null') as Response);
      });
      this.#send({ type: 'call', call, method, request: JSON.stringify(request) });
    });
  }
}
