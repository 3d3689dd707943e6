import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ClientLike } from '@middy-durable/dynamodb';
import type { IamRequest } from './iam.ts';

const PLACE = 'us-east-1:123456789012';
export const TABLE_ARN = `arn:aws:dynamodb:${PLACE}:table/`;
export const FUNCTION_ARN = `arn:aws:lambda:${PLACE}:function:`;
export const BUS_ARN = `arn:aws:events:${PLACE}:event-bus/`;
export const BUCKET_ARN = 'arn:aws:s3:::';

type Input = Record<string, unknown>;

/** Notes everything that a client of a table is asked for, whether or not it works. */
export function noteTableRequests(client: DynamoDBClient, requests: IamRequest[]): void {
  client.middlewareStack.add(
    (next, context) => (args) => {
      const input = args.input as Input;
      const table = TABLE_ARN + String(input.TableName);
      const index = input.IndexName === undefined ? '' : `/index/${String(input.IndexName)}`;
      const action = `dynamodb:${String(context.commandName).replace(/Command$/, '')}`;
      requests.push({ action, resource: table + index, leadingKeys: leadingKeysOf(input) });
      return next(args);
    },
    { step: 'initialize', name: 'iamRequests' },
  );
}

/** A client of another service whose requests are noted before `inner` gets them. */
export function noting(inner: ClientLike, requests: IamRequest[]): ClientLike {
  return {
    send(command, ...options) {
      const { input } = command as { input: Input };
      requests.push(...iamRequests((command as object).constructor.name, input));
      return inner.send(command, ...options);
    },
  };
}

function iamRequests(command: string, input: Input): IamRequest[] {
  switch (command) {
    case 'InvokeCommand': {
      const version = input.Qualifier === undefined ? '' : `:${String(input.Qualifier)}`;
      return [{ action: 'lambda:InvokeFunction', resource: FUNCTION_ARN + String(input.FunctionName) + version }];
    }
    case 'PutEventsCommand': {
      const entries = input.Entries as { EventBusName: string }[];
      return entries.map(({ EventBusName }) => ({ action: 'events:PutEvents', resource: BUS_ARN + EventBusName }));
    }
    case 'PutObjectCommand':
    case 'GetObjectCommand':
      return [
        {
          action: `s3:${command.replace(/Command$/, '')}`,
          resource: `${BUCKET_ARN}${String(input.Bucket)}/${String(input.Key)}`,
        },
      ];
    default:
      throw new Error(`${command} is not known here: say what it means to IAM.`);
  }
}

/** Partition keys as DynamoDB tells IAM of them: of the item, of the key, or of a query's condition. */
function leadingKeysOf({ Item, Key, KeyConditionExpression, ExpressionAttributeValues }: Input): string[] | undefined {
  const written = textOf((Item ?? Key) as Input | undefined, 'pk');
  if (written !== undefined) return [written];
  const [, placeholder] = /^#(?:pk|gsi1pk) = (:\w+)/.exec(String(KeyConditionExpression)) ?? [];
  const asked = placeholder && textOf(ExpressionAttributeValues as Input | undefined, placeholder);
  return asked === undefined ? undefined : [asked];
}

function textOf(attributes: Input | undefined, name: string): string | undefined {
  return (attributes?.[name] as { S?: string } | undefined)?.S;
}
