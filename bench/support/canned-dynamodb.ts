import { Readable } from 'node:stream';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

interface HttpAnswer {
  statusCode: number;
  headers: Record<string, string>;
  body: Readable;
}

/** A DynamoDB that takes no time: writes succeed, or all fail on their condition with the item that is said to be there. */
export class CannedDynamoDB {
  readonly client: DynamoDBClient;
  requests = 0;
  /** What is in the way of every write, in DynamoDB's JSON. */
  existing: object | undefined;

  constructor() {
    this.client = new DynamoDBClient({
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      requestHandler: { handle: async () => ({ response: this.#answer() }) } as never,
    });
  }

  #answer(): HttpAnswer {
    this.requests++;
    const failure = this.existing && {
      __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException',
      message: 'The conditional request failed',
      Item: this.existing,
    };
    return {
      statusCode: failure ? 400 : 200,
      headers: { 'content-type': 'application/x-amz-json-1.0' },
      body: Readable.from([Buffer.from(JSON.stringify(failure ?? {}))]),
    };
  }
}
