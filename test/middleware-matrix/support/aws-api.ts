import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { Bench } from './bench.ts';

interface ParametersRequest {
  Names: string[];
}

/**
 * SSM and Secrets Manager as far as their middlewares ask for them, at a port of this machine. Values change with every
 * request: `1`, `2` ...
 */
export class AwsApi {
  #endpoint = '';
  readonly #server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify(this.#answer(operation, JSON.parse(body) as ParametersRequest)));
  });
  #bench: Bench | undefined;

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.#endpoint = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  /** Options of middy's `ssm` for one bench, which notes the requests. */
  ssm(bench: Bench): { AwsClient: typeof SSMClient; awsClientOptions: object; cacheKey: string } {
    this.#bench = bench;
    return { AwsClient: patient(SSMClient, bench), ...this.#options() };
  }

  /** Options of middy's `secretsManager` for one bench, which notes the requests. */
  secretsManager(bench: Bench): {
    AwsClient: typeof SecretsManagerClient;
    awsClientOptions: object;
    cacheKey: string;
  } {
    this.#bench = bench;
    return { AwsClient: patient(SecretsManagerClient, bench), ...this.#options() };
  }

  #options(): { awsClientOptions: object; cacheKey: string } {
    caches += 1;
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    return {
      awsClientOptions: { endpoint: this.#endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 },
      cacheKey: `matrix-${caches}`,
    };
  }

  #answer(operation: string, { Names }: ParametersRequest): object {
    const effects = this.#bench?.effects ?? [];
    effects.push(operation);
    const value = effects.filter((effect) => effect === operation).length;
    if (operation === 'GetParameters') {
      return { Parameters: Names.map((Name) => ({ Name, Type: 'String', Value: String(value) })) };
    }
    return { SecretString: JSON.stringify({ password: `secret ${value}` }) };
  }
}

/** Middy's cache is one for the module. */
let caches = 0;

/** A client in whose requests virtual time stands still. */
function patient<Client extends new (...options: any[]) => { send(...args: any[]): unknown }>(
  Class: Client,
  bench: Bench,
): Client {
  return class extends Class {
    override send(...args: any[]): unknown {
      return bench.runtime.duringRequest(super.send(...args) as Promise<unknown>);
    }
  };
}
