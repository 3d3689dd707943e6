import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { beforeAll, expect, it } from '@jest/globals';
import { describeBackendContract, describeStoreContract } from '@middy-durable/backend/store-contract';
import { type DynamoDBStore, dynamoDBStore, tableDefinition } from '@middy-durable/dynamodb';
import { durablePolicies } from '@middy-durable/dynamodb/resources';
import { describeOn } from '../support/describe-dynamodb.ts';
import type { EngineKind } from '../support/dynamodb-engines.ts';
import { type IamRequest, isAllowed } from '../support/iam.ts';
import { noteTableRequests, TABLE_ARN } from '../support/iam-requests.ts';

/** Every test of a store and of a backend, over a table of an engine; skipped where it can't run. */
export function describeContract(kind: EngineKind): void {
  describeOn(kind, (engine) => {
    let client: DynamoDBClient;
    const requests: IamRequest[] = [];
    beforeAll(() => {
      client = engine().newClient();
      noteTableRequests(client, requests);
    });

    const makeStore = async (): Promise<DynamoDBStore> =>
      dynamoDBStore({ tableName: await engine().createTable(tableDefinition), client });

    describeStoreContract('dynamoDBStore', makeStore, {
      async reopen(store) {
        await store.close();
        return dynamoDBStore({ tableName: (store as DynamoDBStore).tableName, client });
      },
    });
    describeBackendContract('dynamoDBStore', makeStore);

    it('sends nothing that no policy allows', () => {
      const policies = Object.values(durablePolicies({ table: `${TABLE_ARN}*` }));
      const denied = requests.filter((request) => !policies.some((policy) => isAllowed(policy, request)));
      expect(denied).toEqual([]);
      expect(requests.length).toBeGreaterThan(0);
    });
  });
}
