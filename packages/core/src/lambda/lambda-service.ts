import { type LambdaClientLike, type LambdaSdk, loadLambdaSdk } from './aws-sdk.ts';
import { clientConfig } from './client-config.ts';

/** Options of everything here that talks to Lambda. */
export interface LambdaTransportOptions {
  /**
   * A `LambdaClient` of `@aws-sdk/client-lambda`, used as it is. Default: one for the region and credentials of the
   * environment, made at the first request.
   */
  client?: LambdaClientLike | undefined;
}

/** The commands of the AWS SDK that are sent. */
export type LambdaCommand = Exclude<keyof LambdaSdk, 'LambdaClient'>;

/** The Lambda service: the AWS SDK is loaded, and a client made, at the first request. */
export class LambdaService {
  readonly #client: LambdaClientLike | undefined;
  #loading: Promise<{ sdk: LambdaSdk; client: LambdaClientLike }> | undefined;

  /** `what` names the function that got the client, for messages. */
  constructor(client: LambdaClientLike | undefined, what: string) {
    if (client && typeof client.send !== 'function') {
      throw new TypeError(`${what}: option client has no function send; pass a LambdaClient of @aws-sdk/client-lambda`);
    }
    this.#client = client;
  }

  /** Rejects as the client does. */
  async send(command: LambdaCommand, input: object): Promise<unknown> {
    const { sdk, client } = await this.#load();
    return client.send(new sdk[command](input as never) as never);
  }

  /** Once; but after a failure again, for a disk or a deployment that was not ready. */
  #load(): Promise<{ sdk: LambdaSdk; client: LambdaClientLike }> {
    this.#loading ??= this.#loadOnce().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  async #loadOnce(): Promise<{ sdk: LambdaSdk; client: LambdaClientLike }> {
    const sdk = await loadLambdaSdk();
    return { sdk, client: this.#client ?? new sdk.LambdaClient(clientConfig(process.env)) };
  }
}
