import type { DynamoDBResourcesOptions } from './options.ts';
import type { PolicyArns } from './policies.ts';
import { join, type Text } from './text.ts';

/** Where a template is deployed, as its language says it. */
export interface Place {
  partition: Text;
  region: Text;
  account: Text;
}

/** ARNs of what the template makes itself. */
export interface OwnArns {
  table: Text;
  wakeUpFunction: Text;
}

export function arnsOf(options: DynamoDBResourcesOptions, place: Place, own: OwnArns): PolicyArns {
  const { functions, bucket, eventBusName } = options;
  const { partition, region, account } = place;
  const arn = (service: string, name: Text): Text =>
    join('arn:', partition, `:${service}:`, region, ':', account, ':', name);
  return {
    ...own,
    // By name: the functions need the wake-up function's ARN, and neither can wait for the other.
    functions: functions.map((name) => arn('lambda', join('function:', name))),
    bucket: bucket === undefined ? undefined : join('arn:', partition, ':s3:::', bucket),
    eventBus: isArn(eventBusName) ? eventBusName : eventBusName && arn('events', join('event-bus/', eventBusName)),
  };
}

function isArn(name: Text | undefined): name is string {
  return typeof name === 'string' && name.startsWith('arn:');
}
