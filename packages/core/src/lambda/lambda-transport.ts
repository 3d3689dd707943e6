import type { CheckpointDurableExecutionRequest, GetDurableExecutionStateRequest } from '@middy-durable/protocol';
import { DurableExecutionClientError } from '../errors.ts';
import type { DurableLogger } from '../logging/types.ts';
import type {
  CheckpointDurableExecutionResponse,
  DurableExecutionClient,
  GetDurableExecutionStateResponse,
} from '../transport.ts';
import { checkOptions } from '../validation.ts';
import type { LambdaClientLike } from './aws-sdk.ts';
import { LambdaService, type LambdaTransportOptions } from './lambda-service.ts';

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
  readonly #service: LambdaService;

  /** `client`: see {@link LambdaTransportOptions}. */
  constructor(client?: LambdaClientLike) {
    this.#service = new LambdaService(client, 'lambdaTransport');
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
      // The client retries this command by itself, each time with the same client token: nothing is applied twice.
      const answer = (await this.#service.send(command, request)) as ServiceAnswer | undefined;
      if (!members.some((member) => answer?.[member] != null)) throw notLambda(what, members);
      return answer;
    } catch (error) {
      const { requestId } = (error as { $metadata?: { requestId?: string } } | undefined)?.$metadata ?? {};
      logger?.error(`Failed to ${what}`, error as Error, { requestId });
      throw error;
    }
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
