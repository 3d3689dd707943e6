import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { StoreError } from '@middy-durable/backend';
import type { Attributes, Key } from './layout.ts';
import { isConditionFailed, storeFailure } from './store-failure.ts';

/** A condition or an update. Attributes are written `#name`, values `:name`. */
export interface Expression {
  text: string;
  values?: Attributes | undefined;
}

/** The requests that the store makes of its table. Failures come as `StoreError`; a condition that fails is an answer. */
export class Table {
  readonly name: string;
  readonly #client: () => DynamoDBClient;
  #closed = false;

  constructor(name: string, client: () => DynamoDBClient) {
    this.name = name;
    this.#client = client;
  }

  /** False when the condition did not hold, also when the AWS client repeated a put that had been applied. */
  put(item: Attributes, condition: Expression): Promise<boolean> {
    return this.#conditional('PutItem', (client) =>
      client.send(
        new PutItemCommand({
          TableName: this.name,
          Item: item,
          ConditionExpression: condition.text,
          ...attributesOf(condition.text, condition.values),
        }),
      ),
    );
  }

  /** Puts an item that nobody else writes. */
  async putOwn(item: Attributes): Promise<void> {
    await this.#send('PutItem', (client) => client.send(new PutItemCommand({ TableName: this.name, Item: item })));
  }

  /** False when the condition did not hold. */
  update(key: Key, change: Expression, condition: Expression): Promise<boolean> {
    const values = { ...change.values, ...condition.values };
    return this.#conditional('UpdateItem', (client) =>
      client.send(
        new UpdateItemCommand({
          TableName: this.name,
          Key: attributesOfKey(key),
          UpdateExpression: change.text,
          ConditionExpression: condition.text,
          ...attributesOf(`${change.text} ${condition.text}`, values),
        }),
      ),
    );
  }

  /** False when the condition did not hold. */
  delete(key: Key, condition: Expression): Promise<boolean> {
    return this.#conditional('DeleteItem', (client) =>
      client.send(
        new DeleteItemCommand({
          TableName: this.name,
          Key: attributesOfKey(key),
          ConditionExpression: condition.text,
          ...attributesOf(condition.text, condition.values),
        }),
      ),
    );
  }

  async get(key: Key): Promise<Attributes | undefined> {
    const { Item } = await this.#send('GetItem', (client) =>
      client.send(new GetItemCommand({ TableName: this.name, Key: attributesOfKey(key), ConsistentRead: true })),
    );
    return Item;
  }

  /** Every item of a query, page by page. `conditions` and `filter` write attributes as `#name`. */
  async *query(
    keys: Expression,
    options: Pick<QueryCommandInput, 'IndexName' | 'Limit' | 'ScanIndexForward'> & {
      filter?: Expression | undefined;
      /** Attributes to give back. Default: all. */
      only?: readonly string[] | undefined;
    } = {},
  ): AsyncGenerator<Attributes> {
    const { filter, only, ...rest } = options;
    const projection = only?.map((name) => `#${name}`).join(', ');
    const texts = [keys.text, filter?.text, projection].join(' ');
    let start: Attributes | undefined;
    do {
      const page = await this.#send('Query', (client) =>
        client.send(
          new QueryCommand({
            TableName: this.name,
            KeyConditionExpression: keys.text,
            FilterExpression: filter?.text,
            ProjectionExpression: projection,
            ...attributesOf(texts, { ...keys.values, ...filter?.values }),
            // An index has no consistent reads.
            ConsistentRead: rest.IndexName === undefined,
            ExclusiveStartKey: start,
            ...rest,
          }),
        ),
      );
      yield* page.Items ?? [];
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
  }

  /** Refuses every call from now on. */
  close(): void {
    this.#closed = true;
  }

  async #conditional(request: string, send: (client: DynamoDBClient) => Promise<unknown>): Promise<boolean> {
    try {
      await this.#send(request, send);
      return true;
    } catch (error) {
      if (isConditionFailed((error as Error).cause)) return false;
      throw error;
    }
  }

  async #send<T>(request: string, send: (client: DynamoDBClient) => Promise<T>): Promise<T> {
    if (this.#closed) {
      throw new StoreError(`The store on table ${this.name} was closed by this process; make a new store.`);
    }
    try {
      return await send(this.#client());
    } catch (error) {
      throw storeFailure(this.name, request, error);
    }
  }
}

export function attributesOfKey({ pk, sk }: Key): Attributes {
  return { pk: { S: pk }, sk: { S: sk } };
}

/** Every attribute goes by a placeholder, so no short name can meet a reserved word. */
function attributesOf(
  text: string,
  values: Attributes | undefined,
): { ExpressionAttributeNames?: Record<string, string>; ExpressionAttributeValues?: Attributes } {
  const names = Object.fromEntries(
    [...text.matchAll(/#(\w+)/g)].map(([placeholder, name]) => [placeholder, name ?? '']),
  );
  return {
    ...(Object.keys(names).length > 0 && { ExpressionAttributeNames: names }),
    ...(values !== undefined && Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
  };
}
