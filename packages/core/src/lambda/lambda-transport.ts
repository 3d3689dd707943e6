import type { CheckpointDurableExecutionRequest, GetDurableExecutionStateRequest } from '@middy-durable/protocol';
import { DurableExecutionClientError } from '../errors.ts';
import type { DurableLogger } from '../logging/types.ts';
import type {
  CheckpointDurableExecutionResponse,
  DurableExecutionClient,
  GetDurableExecutionStateResponse,
} from '../transport.ts';
import { checkOptions } from '../validation.ts';
import { type LambdaClientLike, type LambdaSdk, loadLambdaSdk } from './aws-sdk.ts';
import { clientConfig } from './client-config.ts';

/** Options of {@link lambdaTransport}. */
export interface LambdaTransportOptions {
  /**
   * A `LambdaClient` of `@aws-sdk/client-lambda`, used as it is. Default: one for the region and credentials of the
   * environment, made at the first request.
   */
  client?: LambdaClientLike | undefined;
}

/**
 * The transport to the Lambda service, where a durable function's executions are kept. A durable handler uses it when no
 * other place is named. `@aws-sdk/client-lambda` is loaded, and a connection opened, at the first request.
 *
 * A request is tried 5 times, where that may help: 3 seconds for a connection, 20 for an answer. Set
 * `AWS_MAX_ATTEMPTS` for another number, or pass a client for anything else.
 *
 * @throws TypeError when the client is none
 * @example
 * const transport = lambdaTransport({ client: new LambdaClient({ maxAttempts: 10 }) });
 * export const handler = withDurableExecution(fulfil, { durableExecutionClient: transport });
 */
export function lambdaTransport(options?: LambdaTransportOptions): DurableExecutionClient {
  checkOptions(options, { client: 'object' }, 'lambdaTransport');
  return new DurableExecutionApiClient(options?.client);
}

interface ServiceCall {
  command: 'CheckpointDurableExecutionCommand' | 'GetDurableExecutionStateCommand';
  /** As it stands in the log. */
  what: string;
  /** Every answer of the service has one of these. */
  members: readonly string[];
}
type ServiceAnswer = Readonly<Record<string, unknown>>;

const CHECKPOINT: ServiceCall = {
  command: 'CheckpointDurableExecutionCommand',
  what: 'checkpoint durable execution',
  members: ['NewExecutionState', 'CheckpointToken'],
};
const STATE: ServiceCall = {
  command: 'GetDurableExecutionStateCommand',
  what: 'get durable execution state',
  members: ['Operations'],
};

/**
 * {@link lambdaTransport} as a class, by the official SDK's name.
 * @example new DurableExecutionApiClient(new LambdaClient({ region: 'eu-west-1' }))
 */
export class DurableExecutionApiClient implements DurableExecutionClient {
  static readonly name: string = 'DurableExecutionApiClient';
  readonly #client: LambdaClientLike | undefined;
  #loading: Promise<{ sdk: LambdaSdk; client: LambdaClientLike }> | undefined;

  /** `client`: see {@link LambdaTransportOptions}. */
  constructor(client?: LambdaClientLike) {
    if (client && typeof client.send !== 'function') {
      throw new TypeError(
        'lambdaTransport: option client has no function send; pass a LambdaClient of @aws-sdk/client-lambda',
      );
    }
    this.#client = client;
  }

  async checkpoint(
    request: CheckpointDurableExecutionRequest,
    logger?: DurableLogger,
  ): Promise<CheckpointDurableExecutionResponse> {
    const answer = await this.#send(CHECKPOINT, request, logger);
    return answer as CheckpointDurableExecutionResponse;
  }

  async getExecutionState(
    request: GetDurableExecutionStateRequest,
    logger?: DurableLogger,
  ): Promise<GetDurableExecutionStateResponse> {
    const answer = await this.#send(STATE, request, logger);
    return answer as GetDurableExecutionStateResponse;
  }

  async #send(
    { command, what, members }: ServiceCall,
    request: object,
    logger: DurableLogger | undefined,
  ): Promise<unknown> {
    try {
      const { sdk, client } = await this.#load();
      // The client retries this command by itself, each time with the same client token: nothing is applied twice.
      const answer = (await client.send(new sdk[command](request as never) as never)) as ServiceAnswer | undefined;
      if (!members.some((member) => answer?.[member] != null)) throw notLambda(what, members);
      return answer;
    } catch (error) {
      const { requestId } = (error as { $metadata?: { requestId?: string } } | undefined)?.$metadata ?? {};
      logger?.error(`Failed to ${what}`, error as Error, { requestId });
      throw error;
    }
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

/**
 * An answer of 200 without what it is for: of a proxy, or cut off before its body. Taken for the service's it would say that
 * the execution takes no more, or that nothing is on record, and steps would run again.
 */
function notLambda(what: string, members: readonly string[]): DurableExecutionClientError {
  return new DurableExecutionClientError(
    `The request to ${what} was answered, but not by Lambda: the answer has no ${members.join(' and no ')}. Look at what ` +
      'stands between the function and the service: a proxy, a VPC endpoint, AWS_ENDPOINT_URL_LAMBDA. The invocation is ' +
      'tried again.',
  );
}
