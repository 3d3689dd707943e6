import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { BasePersistenceLayer } from '@aws-lambda-powertools/idempotency/persistence';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** Powertools 2.35 as it is, on a table. */
export function powertoolsLayer(tableName: string, awsSdkV3Client: DynamoDBClient): BasePersistenceLayer {
  return new DynamoDBPersistenceLayer({ tableName, awsSdkV3Client });
}

export { IdempotencyConfig as PowertoolsConfig, makeIdempotent as powertoolsIdempotent };
