import type { DynamoDBClient, DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/** Options of {@link DynamoDBPersistenceLayer}: those of Powertools by the same names, and where the owner is written. */
export interface DynamoDBPersistenceLayerOptions {
  /** Name or ARN of the table. */
  tableName: string;
  /** Default `id`. */
  keyAttr?: string | undefined;
  /** For a table with a sort key, which then has the idempotency key. Default: none. */
  sortKeyAttr?: string | undefined;
  /** The partition key of every record where there is a sort key. Default `idempotency#` and the name of the Lambda function. */
  staticPkValue?: string | undefined;
  /** Default `expiration`. Epoch seconds: the attribute for time to live. */
  expiryAttr?: string | undefined;
  /** Default `in_progress_expiration`. Epoch milliseconds. */
  inProgressExpiryAttr?: string | undefined;
  /** Default `status`. */
  statusAttr?: string | undefined;
  /** Default `data`. */
  dataAttr?: string | undefined;
  /** Default `validation`. */
  validationKeyAttr?: string | undefined;
  /** An addition: who holds the key. Default `owner`. */
  ownerAttr?: string | undefined;
  /** An addition: how `data` is written, where it is not as Powertools would. Default `data_format`. */
  dataFormatAttr?: string | undefined;
  /** For a client of its own. Not together with `awsSdkV3Client`. */
  clientConfig?: DynamoDBClientConfig | undefined;
  awsSdkV3Client?: DynamoDBClient | undefined;
}

/** Names of the attributes. */
export interface Attributes {
  key: string;
  sortKey: string | undefined;
  expiry: string;
  inProgressExpiry: string;
  status: string;
  data: string;
  validation: string;
  owner: string;
  dataFormat: string;
}

/** @throws TypeError for options that can't be right */
export function attributesOf(options: DynamoDBPersistenceLayerOptions): Attributes {
  const { tableName, clientConfig, awsSdkV3Client, sortKeyAttr, staticPkValue } = options ?? {};
  if (typeof tableName !== 'string' || tableName === '') {
    throw new TypeError('DynamoDBPersistenceLayer: option tableName must be the name of a table');
  }
  if (clientConfig !== undefined && awsSdkV3Client !== undefined) {
    throw new TypeError('DynamoDBPersistenceLayer: pass clientConfig or awsSdkV3Client, not both');
  }
  if (awsSdkV3Client !== undefined && typeof awsSdkV3Client?.send !== 'function') {
    throw new TypeError(
      'DynamoDBPersistenceLayer: option awsSdkV3Client is no DynamoDBClient of @aws-sdk/client-dynamodb: it has no send()',
    );
  }
  if (staticPkValue !== undefined && sortKeyAttr === undefined) {
    throw new TypeError(
      'DynamoDBPersistenceLayer: option staticPkValue is for tables with a sort key: pass sortKeyAttr too',
    );
  }
  const attributes: Attributes = {
    key: options.keyAttr ?? 'id',
    sortKey: sortKeyAttr,
    expiry: options.expiryAttr ?? 'expiration',
    inProgressExpiry: options.inProgressExpiryAttr ?? 'in_progress_expiration',
    status: options.statusAttr ?? 'status',
    data: options.dataAttr ?? 'data',
    validation: options.validationKeyAttr ?? 'validation',
    owner: options.ownerAttr ?? 'owner',
    dataFormat: options.dataFormatAttr ?? 'data_format',
  };
  const names = Object.values(attributes).filter((name) => name !== undefined);
  const bad = names.find((name) => typeof name !== 'string' || name === '');
  if (bad !== undefined)
    throw new TypeError('DynamoDBPersistenceLayer: names of attributes must be texts that are not empty');
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new TypeError(
      `DynamoDBPersistenceLayer: two attributes are called ${twice}, and each needs a name of its own`,
    );
  }
  return attributes;
}
