import { describe, expect, it } from '@jest/globals';
import { TTL_ATTRIBUTE, tableDefinition } from '../layout.ts';
import { dynamoDBResources } from './dynamodb-resources.ts';
import type { DynamoDBResourcesOptions } from './options.ts';
import { dynamoDBTerraform, type TerraformConfiguration } from './terraform.ts';

const OPTIONS: DynamoDBResourcesOptions = { functions: ['orders'], wakeUp: { code: 'dist/wake-up.zip' } };
const make = (options: Partial<DynamoDBResourcesOptions> = {}): TerraformConfiguration =>
  dynamoDBTerraform({ ...OPTIONS, ...options });

interface Statement {
  Action: string[];
  Resource: string[];
  Condition?: unknown;
}

function statementsOf(policy: unknown): Statement[] {
  return (JSON.parse(String(policy)) as { Statement: Statement[] }).Statement;
}

/** Statements as far as they do not say where. */
function rights(statements: { Action: string[]; Resource: unknown[]; Condition?: unknown }[]): unknown[] {
  return statements.map(({ Action, Resource, Condition }) => [Action, Resource.length, Condition]);
}

describe('dynamoDBTerraform', () => {
  it('has the table that tableDefinition describes', () => {
    const { AttributeDefinitions = [], KeySchema = [], GlobalSecondaryIndexes = [] } = tableDefinition('table');
    const [index] = GlobalSecondaryIndexes;
    const { aws_dynamodb_table: tables } = make({
      tableName: 'runs',
      kmsKeyArn: 'arn:aws:kms:eu-west-1:1:key/1',
    }).resource;
    expect(tables?.durable).toEqual({
      name: 'runs',
      billing_mode: 'PAY_PER_REQUEST',
      hash_key: KeySchema.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName,
      range_key: KeySchema.find(({ KeyType }) => KeyType === 'RANGE')?.AttributeName,
      attribute: AttributeDefinitions.map(({ AttributeName }) => ({ name: AttributeName, type: 'S' })),
      global_secondary_index: [
        {
          name: index?.IndexName,
          hash_key: index?.KeySchema?.[0]?.AttributeName,
          range_key: index?.KeySchema?.[1]?.AttributeName,
          projection_type: 'INCLUDE',
          non_key_attributes: index?.Projection?.NonKeyAttributes,
        },
      ],
      ttl: { attribute_name: TTL_ATTRIBUTE, enabled: true },
      point_in_time_recovery: { enabled: true },
      deletion_protection_enabled: true,
      server_side_encryption: { enabled: true, kms_key_arn: 'arn:aws:kms:eu-west-1:1:key/1' },
    });
  });

  it('allows what the template of CloudFormation allows', () => {
    const options = { ...OPTIONS, bucket: 'payloads', eventBusName: 'changes' };
    const { resource } = dynamoDBTerraform(options);
    const { Resources } = dynamoDBResources(options);
    const roles = { function: 'Function', start: 'Start', callback: 'Callback', read: 'Read' };
    for (const [role, name] of Object.entries(roles)) {
      const document = Resources[`Durable${name}Policy`]?.Properties.PolicyDocument as { Statement: Statement[] };
      expect(rights(statementsOf(resource.aws_iam_policy?.[`durable_${role}`]?.policy))).toEqual(
        rights(document.Statement),
      );
    }
    const policies = Resources.DurableWakeUpRole?.Properties.Policies as {
      PolicyDocument: { Statement: Statement[] };
    }[];
    expect(rights(statementsOf(resource.aws_iam_role_policy?.durable_wake_up?.policy))).toEqual(
      rights(policies[0]?.PolicyDocument.Statement ?? []),
    );
  });

  it('refers only to what it has', () => {
    const configuration = make({ bucket: 'payloads', eventBusName: 'changes', prefix: 'Orders' });
    const expressions = [...JSON.stringify(configuration).matchAll(/\$\{([^}]+)\}/g)].map(
      ([, expression]) => expression,
    );
    expect(expressions.length).toBeGreaterThan(30);
    for (const expression of expressions) {
      if (expression?.startsWith('filebase64sha256(')) continue;
      const [, data, type = '', name = ''] = /^(data\.)?(\w+)\.(\w+)\.\w+$/.exec(expression ?? '') ?? [];
      expect(data ? configuration.data : configuration.resource).toHaveProperty([type, name]);
    }
  });

  it('takes no text of an option for an expression', () => {
    const wakeUp = { code: `a\${b}.zip`, environment: { LEVEL: `\${c} %{d}` } };
    const { aws_lambda_function: functions } = make({ wakeUp }).resource;
    expect(functions?.durable_wake_up).toMatchObject({
      filename: `a$\${b}.zip`,
      source_code_hash: `\${filebase64sha256("a$\${b}.zip")}`,
      environment: { variables: { LEVEL: `$\${c} %%{d}`, TABLE_NAME: `\${aws_dynamodb_table.durable.name}` } },
    });
  });

  it('takes a package from a bucket', () => {
    const code = { S3Bucket: 'packages', S3Key: 'wake-up.zip', S3ObjectVersion: '7' };
    const { aws_lambda_function: functions } = make({ wakeUp: { code } }).resource;
    expect(functions?.durable_wake_up).toMatchObject({
      s3_bucket: 'packages',
      s3_key: 'wake-up.zip',
      s3_object_version: '7',
    });
    expect(functions?.durable_wake_up).not.toHaveProperty('filename');
  });

  it('ticks and alarms as the template of CloudFormation', () => {
    const { resource } = make({ alarmActions: ['arn:aws:sns:eu-west-1:123456789012:alarms'] });
    const { Resources } = dynamoDBResources(OPTIONS);
    const { Properties: alarm } = Resources.DurableWakeUpAlarm ?? {};
    expect(resource.aws_cloudwatch_event_rule?.durable_wake_up?.schedule_expression).toBe(
      Resources.DurableWakeUpSchedule?.Properties.ScheduleExpression,
    );
    expect(resource.aws_cloudwatch_metric_alarm?.durable_wake_up).toMatchObject({
      comparison_operator: alarm?.ComparisonOperator,
      threshold: alarm?.Threshold,
      evaluation_periods: alarm?.EvaluationPeriods,
      treat_missing_data: alarm?.TreatMissingData,
      alarm_actions: ['arn:aws:sns:eu-west-1:123456789012:alarms'],
    });
  });

  it('is plain data', () => {
    expect(JSON.parse(JSON.stringify(make()))).toEqual(make());
  });
});
