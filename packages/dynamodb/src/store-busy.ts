import { StoreError } from '@middy-durable/backend';

/**
 * The table refused for now: throttled, unavailable or not answering, also after the AWS client's own retries. Nothing is
 * lost; the same call may succeed later. Whoever gets it slows down.
 */
export class StoreBusy extends StoreError {
  readonly retryable = true;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreBusy';
  }
}
