import { VirtualRuntime } from '../../support/virtual-runtime.ts';

/** Virtual time that stands still while a request to a real server is on its way. */
export class PatientRuntime extends VirtualRuntime {
  readonly #requests = new Set<Promise<unknown>>();

  /** Hands on `request`, and lets no time pass before it is settled. */
  duringRequest<T>(request: Promise<T>): Promise<T> {
    this.#requests.add(request);
    const done = (): void => void this.#requests.delete(request);
    request.then(done, done);
    return request;
  }

  override async quiet(): Promise<void> {
    await super.quiet();
    while (this.#requests.size > 0) {
      await Promise.allSettled(this.#requests);
      await super.quiet();
    }
  }
}
