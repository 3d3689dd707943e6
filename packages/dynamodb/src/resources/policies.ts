import { INDEX_NAME, indexPartitions } from '../layout.ts';
import { OBJECTS_PREFIX } from '../s3-objects.ts';
import { ACCESS, type Access, type DynamoDBRole, type TableAction } from './access.ts';
import { join, type Text } from './text.ts';

/** A statement of an IAM policy. */
export interface PolicyStatement {
  Sid: string;
  Effect: 'Allow';
  Action: string[];
  Resource: Text[];
  Condition?: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': string[] } };
}

export interface PolicyDocument {
  Version: '2012-10-17';
  Statement: PolicyStatement[];
}

/** ARNs that policies are written for: texts, or intrinsics of CloudFormation that stand for them. */
export interface PolicyArns {
  table: Text;
  /** The wake-up function. Default: none, so nobody starts it between its ticks. */
  wakeUpFunction?: Text | undefined;
  /** Functions that run executions, and ordinary ones that they call with `context.invoke`: each without a version. Default: none. */
  functions?: readonly Text[] | undefined;
  /** The bucket of large bodies. Default: none. */
  bucket?: Text | undefined;
  /** The bus that status changes go to. Default: none, so nobody notes them. */
  eventBus?: Text | undefined;
}

/**
 * Policies with what each role's code sends and nothing more: no Scan, no other table, and of the table only the partitions
 * that the role needs. The roles are those of {@link DynamoDBRole}.
 *
 * @example
 * const { callback } = durablePolicies({ table: 'arn:aws:dynamodb:eu-west-1:123456789012:table/durable-executions' });
 */
export function durablePolicies(arns: PolicyArns): Record<DynamoDBRole, PolicyDocument> {
  const policy = (role: DynamoDBRole): PolicyDocument => ({
    Version: '2012-10-17',
    Statement: statements(ACCESS[role], arns),
  });
  return {
    function: policy('function'),
    wakeUp: policy('wakeUp'),
    start: policy('start'),
    callback: policy('callback'),
    read: policy('read'),
  };
}

function statements(access: Access, arns: PolicyArns): PolicyStatement[] {
  const { wakeUpFunction, functions = [], bucket, eventBus } = arns;
  const found = tableStatements(access, arns);
  const invoked = {
    // A run is resumed on the version that it started on.
    functions: functions.flatMap((arn) => [arn, join(arn, ':*')]),
    wakeUp: wakeUpFunction === undefined ? [] : [wakeUpFunction],
    nothing: [],
  }[access.invokes];
  if (invoked.length > 0) found.push(allow('Invoke', ['lambda:InvokeFunction'], invoked));
  if (bucket !== undefined) {
    const actions = access.objects.map((action) => `s3:${action}`);
    found.push(allow('Objects', actions, [join(bucket, `/${OBJECTS_PREFIX}*`)]));
  }
  if (eventBus !== undefined && access.putsEvents) found.push(allow('Events', ['events:PutEvents'], [eventBus]));
  return found;
}

/** One statement for all partitions that allow the same, and one for the index. */
function tableStatements(access: Access, arns: PolicyArns): PolicyStatement[] {
  const { table, eventBus } = arns;
  const partitions = new Map<string, { actions: readonly TableAction[]; keys: string[] }>();
  for (const [partition, actions, onlyWith] of access.table) {
    if (onlyWith !== undefined && arns[onlyWith] === undefined) continue;
    const same = partitions.get(actions.join());
    if (same === undefined) partitions.set(actions.join(), { actions, keys: [partition] });
    else same.keys.push(partition);
  }
  const found = [...partitions.values()].map(({ actions, keys }, index) =>
    allow(
      `Table${index + 1}`,
      actions.map((action) => `dynamodb:${action}`),
      [table],
      keys,
    ),
  );
  const kinds = access.index.filter((kind) => kind !== 'event' || eventBus !== undefined);
  const indexKeys = kinds.flatMap(indexPartitions);
  if (indexKeys.length === 0) return found;
  return [...found, allow('Index', ['dynamodb:Query'], [join(table, `/index/${INDEX_NAME}`)], indexKeys)];
}

function allow(Sid: string, Action: string[], Resource: Text[], leadingKeys?: string[]): PolicyStatement {
  return {
    Sid,
    Effect: 'Allow',
    Action,
    Resource,
    ...(leadingKeys && {
      // None of these actions comes without a partition key, so the condition can't hold for want of one.
      Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': leadingKeys } },
    }),
  };
}
