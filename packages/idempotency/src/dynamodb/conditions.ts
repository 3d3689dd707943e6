import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { EXECUTION_OWNER } from '../persistence/record.ts';
import type { WriteCondition } from '../persistence/write-condition.ts';
import type { Attributes } from './options.ts';

/** The members of a request that make it conditional. */
export interface ConditionMembers {
  ConditionExpression: string;
  ExpressionAttributeNames: Record<string, string>;
  ExpressionAttributeValues: Record<string, AttributeValue>;
}

const IS_CLAIM_OF_OWNER = '(#status = :inprogress AND #owner = :owner)';
const IS_ABSENT = 'attribute_not_exists(#key)';
/** A claim that has run out; one of Powertools may have no end of its own. */
const HAS_RUN_OUT =
  '(#status = :inprogress AND (#until < :millis OR (attribute_not_exists(#until) AND #expiry < :seconds)) AND ' +
  '(attribute_not_exists(#owner) OR NOT begins_with(#owner, :execution)))';
const HAS_EXPIRED = '(#status <> :inprogress AND #expiry < :seconds)';

const CONDITIONS: Readonly<Record<WriteCondition['kind'], string>> = {
  claim: [IS_ABSENT, IS_CLAIM_OF_OWNER, HAS_RUN_OUT, HAS_EXPIRED].join(' OR '),
  replace: IS_CLAIM_OF_OWNER,
  settle: [IS_ABSENT, IS_CLAIM_OF_OWNER].join(' OR '),
};

/** The same as `permits`, as DynamoDB decides it. */
export function conditionMembers(condition: WriteCondition, attributes: Attributes): ConditionMembers {
  const text = CONDITIONS[condition.kind];
  const names = {
    '#key': attributes.key,
    '#status': attributes.status,
    '#owner': attributes.owner,
    '#until': attributes.inProgressExpiry,
    '#expiry': attributes.expiry,
  };
  const values: Record<string, AttributeValue> = {
    ':inprogress': { S: 'INPROGRESS' },
    ':owner': { S: condition.owner },
  };
  if (condition.kind === 'claim') {
    values[':execution'] = { S: EXECUTION_OWNER };
    values[':millis'] = { N: String(condition.now) };
    values[':seconds'] = { N: String(condition.now / 1000) };
  }
  return {
    ConditionExpression: text,
    // DynamoDB refuses names that are not used.
    ExpressionAttributeNames: Object.fromEntries(
      Object.entries(names).filter(([name]) => new RegExp(`${name}\\b`).test(text)),
    ),
    ExpressionAttributeValues: values,
  };
}
