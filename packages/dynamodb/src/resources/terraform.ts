import { ValidationException } from '@middy-durable/protocol';
import { TTL_ATTRIBUTE, tableDefinition } from '../layout.ts';
import { arnsOf } from './arns.ts';
import { checkResourcesOptions, type DynamoDBResourcesOptions } from './options.ts';
import { ALARM, ASSUME_ROLE, ASYNC_RETRIES, LOG_ACTIONS, SCHEDULE, type WakeUpPlan, wakeUpPlan } from './plan.ts';
import { durablePolicies, type PolicyDocument } from './policies.ts';
import { isIntrinsic } from './text.ts';

/** A configuration of Terraform in its JSON syntax: what stands in a file whose name ends with `.tf.json`. */
export interface TerraformConfiguration {
  data: Record<string, Record<string, object>>;
  resource: Record<string, Record<string, Record<string, unknown>>>;
  output: Record<string, { description: string; value: string }>;
}

/** Names of what the configuration makes. */
interface Names {
  /** Of the table's resource, and what the others begin with. */
  id: string;
  /** Of the resources of the wake-up function. */
  wakeUp: string;
  /** The wake-up function's name at AWS. */
  functionName: string;
  /** References that begin with the table and the function. */
  table: string;
  function: string;
}

function namesOf({ prefix = 'Durable' }: DynamoDBResourcesOptions): Names {
  const id = prefix.toLowerCase();
  const wakeUp = `${id}_wake_up`;
  return {
    id,
    wakeUp,
    functionName: `${id}-wake-up`,
    table: `aws_dynamodb_table.${id}`,
    function: `aws_lambda_function.${wakeUp}`,
  };
}

/**
 * What {@link dynamoDBResources} makes, for Terraform (or OpenTofu) with the provider `hashicorp/aws`: data to be written to
 * `durable-executions.tf.json`, which lies beside the `.tf` files. Options must be texts: CloudFormation's intrinsics mean
 * nothing there.
 *
 * Throws ValidationException for an option that could not be deployed.
 *
 * @example
 * const configuration = dynamoDBTerraform({ functions: ['orders'], wakeUp: { code: 'dist/wake-up.zip' } });
 * console.log(JSON.stringify(configuration, null, 2));
 */
export function dynamoDBTerraform(options: DynamoDBResourcesOptions): TerraformConfiguration {
  checkResourcesOptions(options);
  refuseIntrinsics(options);
  const names = namesOf(options);
  const arns = arnsOf(
    options,
    {
      partition: ref('data.aws_partition.current.partition'),
      region: ref('data.aws_region.current.id'),
      account: ref('data.aws_caller_identity.current.account_id'),
    },
    { table: ref(`${names.table}.arn`), wakeUpFunction: ref(`${names.function}.arn`) },
  );
  const { wakeUp, ...others } = durablePolicies(arns);
  const policies = Object.entries(others).map(([role, document]) => ({ name: `${names.id}_${role}`, document }));
  return {
    data: { aws_partition: { current: {} }, aws_region: { current: {} }, aws_caller_identity: { current: {} } },
    resource: {
      aws_dynamodb_table: { [names.id]: table(options) },
      ...wakeUpResources(names, wakeUpPlan(options, ref(`${names.table}.name`)), wakeUp),
      aws_cloudwatch_metric_alarm: { [names.wakeUp]: alarm(names, options) },
      aws_iam_policy: Object.fromEntries(
        policies.map(({ name, document }) => [
          name,
          { name_prefix: `${name.replace('_', '-')}-`, policy: JSON.stringify(document) },
        ]),
      ),
    },
    output: {
      [`${names.id}_table_name`]: {
        description: 'The option tableName of the backends',
        value: ref(`${names.table}.name`),
      },
      [`${names.wakeUp}_function_name`]: {
        description: 'The variable DURABLE_WAKE_UP_FUNCTION of the functions',
        value: ref(`${names.function}.function_name`),
      },
      ...Object.fromEntries(
        policies.map(({ name }) => [
          `${name}_policy_arn`,
          { description: 'Policy to attach to a role', value: ref(`aws_iam_policy.${name}.arn`) },
        ]),
      ),
    },
  };
}

function table(options: DynamoDBResourcesOptions): Record<string, unknown> {
  const { tableName = 'durable-executions', keepTable = true, pointInTimeRecovery = true, kmsKeyArn } = options;
  const {
    AttributeDefinitions = [],
    KeySchema = [],
    GlobalSecondaryIndexes = [],
    BillingMode,
  } = tableDefinition('table');
  return {
    name: tableName,
    billing_mode: BillingMode,
    hash_key: KeySchema[0]?.AttributeName,
    range_key: KeySchema[1]?.AttributeName,
    attribute: AttributeDefinitions.map(({ AttributeName: name, AttributeType: type }) => ({ name, type })),
    global_secondary_index: GlobalSecondaryIndexes.map(({ IndexName, KeySchema: keys = [], Projection }) => ({
      name: IndexName,
      hash_key: keys[0]?.AttributeName,
      range_key: keys[1]?.AttributeName,
      projection_type: Projection?.ProjectionType,
      non_key_attributes: Projection?.NonKeyAttributes,
    })),
    ttl: { attribute_name: TTL_ATTRIBUTE, enabled: true },
    point_in_time_recovery: { enabled: pointInTimeRecovery },
    deletion_protection_enabled: keepTable,
    ...(kmsKeyArn !== undefined && { server_side_encryption: { enabled: true, kms_key_arn: kmsKeyArn } }),
  };
}

function wakeUpResources(names: Names, plan: WakeUpPlan, policy: PolicyDocument): TerraformConfiguration['resource'] {
  const own = (type: string, attribute: string): string => ref(`${type}.${names.wakeUp}.${attribute}`);
  const logs = {
    Sid: 'Logs',
    Effect: 'Allow',
    Action: LOG_ACTIONS,
    Resource: [`${own('aws_cloudwatch_log_group', 'arn')}:*`],
  };
  const named = (properties: Record<string, unknown>): Record<string, Record<string, unknown>> => ({
    [names.wakeUp]: properties,
  });
  return {
    aws_cloudwatch_log_group: named({
      name_prefix: `/durable/${names.functionName}-`,
      retention_in_days: plan.logRetentionDays,
    }),
    aws_iam_role: named({ name_prefix: `${names.functionName}-`, assume_role_policy: JSON.stringify(ASSUME_ROLE) }),
    aws_iam_role_policy: named({
      name: 'wake-up',
      role: own('aws_iam_role', 'id'),
      policy: JSON.stringify({ ...policy, Statement: [...policy.Statement, logs] }),
    }),
    aws_lambda_function: named({
      function_name: names.functionName,
      description: 'Goes on with durable executions that are due',
      ...codeOf(plan),
      handler: plan.handler,
      runtime: plan.runtime,
      architectures: [plan.architecture],
      memory_size: plan.memorySize,
      timeout: plan.timeout,
      role: own('aws_iam_role', 'arn'),
      environment: { variables: variablesOf(plan) },
      logging_config: { log_format: 'Text', log_group: own('aws_cloudwatch_log_group', 'name') },
    }),
    aws_lambda_function_event_invoke_config: named({
      function_name: ref(`${names.function}.function_name`),
      maximum_retry_attempts: ASYNC_RETRIES.attempts,
      maximum_event_age_in_seconds: ASYNC_RETRIES.ageSeconds,
    }),
    aws_cloudwatch_event_rule: named({ name_prefix: `${names.functionName}-`, schedule_expression: SCHEDULE }),
    aws_cloudwatch_event_target: named({
      rule: own('aws_cloudwatch_event_rule', 'name'),
      arn: ref(`${names.function}.arn`),
    }),
    aws_lambda_permission: named({
      action: 'lambda:InvokeFunction',
      function_name: ref(`${names.function}.function_name`),
      principal: 'events.amazonaws.com',
      source_arn: own('aws_cloudwatch_event_rule', 'arn'),
    }),
  };
}

function codeOf({ code }: WakeUpPlan): Record<string, unknown> {
  if (typeof code === 'string') {
    const filename = literal(code);
    return { filename, source_code_hash: ref(`filebase64sha256(${JSON.stringify(filename)})`) };
  }
  const { S3Bucket, S3Key, S3ObjectVersion } = code;
  const version = S3ObjectVersion === undefined ? {} : { s3_object_version: literal(S3ObjectVersion) };
  return { s3_bucket: S3Bucket, s3_key: literal(S3Key), ...version };
}

function variablesOf({ environment }: WakeUpPlan): Record<string, unknown> {
  // The table's name is a reference, so it stays as it is.
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, name === 'TABLE_NAME' ? value : literal(String(value))]),
  );
}

function alarm(names: Names, { alarmActions }: DynamoDBResourcesOptions): Record<string, unknown> {
  const metrics = Object.entries(ALARM.metrics).map(([id, metric_name]) => ({
    id,
    return_data: false,
    metric: {
      namespace: 'AWS/Lambda',
      metric_name,
      dimensions: { FunctionName: ref(`${names.function}.function_name`) },
      period: ALARM.seconds,
      stat: 'Sum',
    },
  }));
  return {
    alarm_name: names.functionName,
    alarm_description: ALARM.description,
    metric_query: [
      ...metrics,
      { id: 'succeeded', label: ALARM.label, expression: ALARM.expression, return_data: true },
    ],
    comparison_operator: ALARM.comparison,
    threshold: ALARM.threshold,
    evaluation_periods: 1,
    treat_missing_data: ALARM.missing,
    ...(alarmActions !== undefined && { alarm_actions: alarmActions }),
  };
}

function ref(expression: string): string {
  return `\${${expression}}`;
}

/** Terraform reads every text as a template. */
function literal(text: string): string {
  return text.replace(/([$%])\{/g, '$1$1{');
}

function refuseIntrinsics(options: DynamoDBResourcesOptions): void {
  const { functions, tableName, bucket, eventBusName, kmsKeyArn, alarmActions = [], wakeUp } = options;
  const texts: [name: string, text: unknown][] = [
    ...Object.entries({ tableName, bucket, eventBusName, kmsKeyArn }),
    ...functions.map((name): [string, unknown] => ['functions', name]),
    ...alarmActions.map((action): [string, unknown] => ['alarmActions', action]),
    ...Object.entries(wakeUp.environment ?? {}),
  ];
  for (const [name, text] of texts) {
    if (!isIntrinsic(text)) continue;
    throw new ValidationException(`${name} is an intrinsic of CloudFormation, but for Terraform it must be a text.`);
  }
}
