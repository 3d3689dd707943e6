import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { TTL_ATTRIBUTE, tableDefinition } from '../layout.ts';
import { TICK_MS } from '../wake-up/wake-up-starter.ts';
import { type DurableTemplate, dynamoDBResources } from './dynamodb-resources.ts';
import type { DynamoDBResourcesOptions } from './options.ts';
import { dynamoDBTerraform } from './terraform.ts';

const make = (options: Partial<DynamoDBResourcesOptions> = {}): DurableTemplate =>
  dynamoDBResources({ functions: ['orders'], wakeUp: { code: 'dist/wake-up' }, ...options });

/** Every `Ref` and `Fn::GetAtt` in a value. */
function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { Ref, 'Fn::GetAtt': attribute } = value as { Ref?: string; 'Fn::GetAtt'?: string[] };
  const own = [Ref, attribute?.[0]].filter((name): name is string => name !== undefined);
  return [...own, ...Object.values(value).flatMap(referencesIn)];
}

/** Every statement of every policy in a value. */
function statementsIn(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('Effect' in value) return [value as Record<string, unknown>];
  return Object.values(value).flatMap(statementsIn);
}

describe('dynamoDBResources', () => {
  it('has the table that tableDefinition describes, with time to live, backups and protection', () => {
    const { Resources } = make();
    const { TableName: _, ...definition } = tableDefinition('table');
    expect(Resources.DurableTable).toEqual({
      Type: 'AWS::DynamoDB::Table',
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        ...definition,
        TimeToLiveSpecification: { AttributeName: TTL_ATTRIBUTE, Enabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: true,
      },
    });
    expect(definition.BillingMode).toBe('PAY_PER_REQUEST');
  });

  it('has a table that goes with the stack, and has another key, where that is wanted', () => {
    const kmsKeyArn = 'arn:aws:kms:eu-west-1:123456789012:key/1';
    const { DurableTable } = make({
      keepTable: false,
      pointInTimeRecovery: false,
      kmsKeyArn,
      tableName: 'runs',
    }).Resources;
    expect(DurableTable).not.toHaveProperty('DeletionPolicy');
    expect(DurableTable?.Properties).toMatchObject({
      TableName: 'runs',
      DeletionProtectionEnabled: false,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: kmsKeyArn },
    });
  });

  it('refers only to what it has, and never in a circle', () => {
    const { Resources, Outputs } = make({ bucket: 'payloads', eventBusName: 'changes' });
    const needs = new Map(
      Object.entries(Resources).map(([id, resource]) => [
        id,
        referencesIn(resource).filter((name) => !name.startsWith('AWS::')),
      ]),
    );
    for (const name of [...needs.values()].flat()) expect(Resources).toHaveProperty(name);
    for (const name of referencesIn(Outputs)) expect(Resources).toHaveProperty(name);
    // What needs nothing that is left can be made, until all is made.
    while (needs.size > 0) {
      const ready = [...needs].filter(([, names]) => !names.some((name) => needs.has(name))).map(([id]) => id);
      expect(ready).not.toEqual([]);
      for (const id of ready) needs.delete(id);
    }
  });

  it('ticks as often as those who suspend count on', () => {
    const { DurableWakeUpSchedule: schedule, DurableWakeUpFunction: wakeUp } = make().Resources;
    expect(schedule?.Properties.ScheduleExpression).toBe('rate(1 minute)');
    expect(TICK_MS).toBe(60_000);
    expect(Number(wakeUp?.Properties.Timeout) * 1000).toBeGreaterThan(TICK_MS);
  });

  it('gives the wake-up function its table, its bus and what else is wanted', () => {
    const wakeUp = { code: { S3Bucket: 'packages', S3Key: 'wake-up.zip' }, environment: { LEVEL: 'x' }, timeout: 300 };
    const { DurableWakeUpFunction } = make({ wakeUp, eventBusName: 'changes' }).Resources;
    expect(DurableWakeUpFunction?.Properties).toMatchObject({
      Code: wakeUp.code,
      Handler: 'wake-up.handler',
      Runtime: 'nodejs24.x',
      Timeout: 300,
      Environment: { Variables: { LEVEL: 'x', TABLE_NAME: { Ref: 'DurableTable' }, EVENT_BUS_NAME: 'changes' } },
    });
    expect(make().Resources.DurableWakeUpFunction?.Properties.Environment).toEqual({
      Variables: { TABLE_NAME: { Ref: 'DurableTable' } },
    });
  });

  it('alarms when the wake-up function does not succeed, also when it says nothing at all', () => {
    const { DurableWakeUpAlarm } = make({ alarmActions: [{ Ref: 'Topic' }] }).Resources;
    expect(DurableWakeUpAlarm?.Properties).toMatchObject({
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      EvaluationPeriods: 1,
      TreatMissingData: 'breaching',
      AlarmActions: [{ Ref: 'Topic' }],
    });
    const metrics = DurableWakeUpAlarm?.Properties.Metrics as Record<string, unknown>[];
    const ids = metrics.filter(({ MetricStat }) => MetricStat !== undefined).map(({ Id }) => String(Id));
    const result = metrics.find(({ ReturnData }) => ReturnData);
    expect([...String(result?.Expression).matchAll(/FILL\((\w+), 0\)/g)].map(([, id]) => id)).toEqual(ids);
    for (const { MetricStat } of metrics)
      if (MetricStat) expect(MetricStat).toMatchObject({ Period: 300, Stat: 'Sum' });
  });

  it('has policies without a wildcard action, a Scan, or a resource that is everything', () => {
    const statements = statementsIn(make({ bucket: 'payloads', eventBusName: 'changes' }));
    expect(statements.length).toBeGreaterThan(20);
    for (const { Action, Resource, Condition } of statements) {
      for (const action of [Action].flat()) expect(action).toMatch(/^[a-z0-9]+:[A-Za-z]+$/);
      expect([Action].flat()).not.toContain('dynamodb:Scan');
      expect([Resource].flat()).not.toContain('*');
      if (String(Action).includes('dynamodb:')) {
        const keys = (Condition as Record<string, Record<string, string[]>>)['ForAllValues:StringLike'] ?? {};
        for (const key of keys['dynamodb:LeadingKeys'] ?? ['*']) expect(key).toMatch(/^[a-z]#/);
      }
    }
  });

  it('allows nobody what goes to a bucket or a bus that is not there', () => {
    const actions = new Set(statementsIn(make()).flatMap(({ Action }) => Action as string[]));
    expect([...actions].filter((action) => /^(s3|events):/.test(action))).toEqual([]);
    expect(JSON.stringify(make())).not.toContain('"e#');
  });

  it('takes names that only the stack knows, and a bus by its ARN', () => {
    const eventBusName = 'arn:aws:events:eu-west-1:123456789012:event-bus/changes';
    const template = make({ functions: [{ 'Fn::Sub': 'orders-of-the-stack' }], eventBusName });
    const [invoke] = statementsIn(template).filter(({ Sid }) => Sid === 'Invoke');
    const own = [':function:', { 'Fn::Sub': 'orders-of-the-stack' }];
    expect(JSON.stringify(invoke?.Resource)).toContain(JSON.stringify(own).slice(1, -1));
    expect(JSON.stringify(invoke?.Resource)).toContain(JSON.stringify([...own, ':*']).slice(1, -1));
    expect(statementsIn(template).find(({ Sid }) => Sid === 'Events')?.Resource).toEqual([eventBusName]);
  });

  it('names everything after its prefix, so that two fit one stack', () => {
    const one = make({ prefix: 'Orders' });
    const other = make({ prefix: 'Mails' });
    for (const name of [...Object.keys(one.Resources), ...Object.keys(one.Outputs)]) expect(name).toMatch(/^Orders/);
    expect(Object.keys({ ...one.Resources, ...other.Resources })).toHaveLength(2 * Object.keys(one.Resources).length);
  });

  it('has the names that the README says, and Terraform too', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    const section = readme.split('\n## ').find((part) => part.startsWith('Infrastructure')) ?? '';
    const named = [...section.matchAll(/\bDurable(?:Table|\w+Policy|WakeUpFunction)\b/g)].map(([name]) => name);
    expect(new Set(named).size).toBe(6);
    for (const name of named) expect(make().Resources).toHaveProperty(name);
    const { resource } = dynamoDBTerraform({ functions: ['orders'], wakeUp: { code: 'dist/wake-up.zip' } });
    const policies = [...section.matchAll(/aws_iam_policy\.(\w+)/g)].map(([, name]) => name);
    expect(policies).toEqual(['durable_function']);
    for (const name of policies) expect(resource.aws_iam_policy).toHaveProperty(String(name));
  });

  it('is plain data', () => {
    const template = make({ bucket: 'payloads', eventBusName: 'changes' });
    expect(JSON.parse(JSON.stringify(template))).toEqual(template);
  });
});
