import type { Send } from '../../support/in-process-dynalite.ts';

/** What can happen to one of the requests that a call of a store consists of. */
export const REQUEST_FAULTS = [
  'crash within a call',
  'refused request',
  'unanswered request',
  'repeated request',
] as const;
export type RequestFault = (typeof REQUEST_FAULTS)[number];

/** The requests of all processes. Only one call is under way at a time, so what strikes, strikes a request of that call. */
export class StruckRequests {
  #fault: RequestFault | undefined;
  #before = 0;

  /** Lets `before` requests through. The next one is struck; after a crash none gets through any more. */
  strike(fault: RequestFault, before: number): void {
    this.#fault = fault;
    this.#before = before;
  }

  calm(): void {
    this.#fault = undefined;
  }

  async pass(request: string, send: Send): ReturnType<Send> {
    const fault = this.#fault;
    if (fault === undefined || this.#before > 0) {
      this.#before -= 1;
      return send();
    }
    if (fault !== 'crash within a call') this.calm();
    if (fault === 'crash within a call') throw failure('TimeoutError', request);
    if (fault === 'refused request') throw failure('ThrottlingException', request);
    const answer = await send();
    // The AWS client's own retry of a request that was applied.
    if (fault === 'repeated request') return send();
    answer.response.body.resume();
    throw failure('TimeoutError', request);
  }
}

function failure(name: string, request: string): Error {
  return Object.assign(new Error(`${request} was struck.`), { name });
}
