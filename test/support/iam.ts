import type { PolicyDocument, PolicyStatement } from '@middy-durable/dynamodb/resources';

/** A request as IAM sees it. */
export interface IamRequest {
  /** `dynamodb:PutItem` */
  action: string;
  resource: string;
  /** Partition keys that the request of a table names; undefined for a request that has no such thing. */
  leadingKeys?: readonly string[] | undefined;
}

/** A right: one action on one resource, and on one partition where there are such conditions. */
export interface Right {
  action: string;
  resource: string;
  partition: string | undefined;
}

/** Every right that a policy gives, taken apart. */
export function rightsOf({ Statement }: PolicyDocument): Right[] {
  return Statement.flatMap(({ Action, Resource, Condition }) =>
    Action.flatMap((action) =>
      Resource.flatMap((resource) =>
        partitionsOf(Condition).map((partition) => ({ action, resource: String(resource), partition })),
      ),
    ),
  );
}

/** Whether a policy lets a request pass: what no statement allows is denied. */
export function isAllowed({ Statement }: PolicyDocument, request: IamRequest): boolean {
  return Statement.some((statement) => allows(statement, request));
}

/** The rights of a policy that a request makes use of; none when it is denied. */
export function rightsUsed({ Version, Statement }: PolicyDocument, request: IamRequest): Right[] {
  const allowing = Statement.filter((statement) => allows(statement, request));
  return rightsOf({ Version, Statement: allowing }).filter(
    ({ action, resource, partition }) =>
      isLike(request.action, action) &&
      isLike(request.resource, resource) &&
      (partition === undefined || (request.leadingKeys ?? []).some((key) => isLike(key, partition))),
  );
}

/** `ForAllValues` holds also for a request without any value, as it does at AWS. */
function allows({ Action, Resource, Condition }: PolicyStatement, request: IamRequest): boolean {
  const partitions = Condition?.['ForAllValues:StringLike']['dynamodb:LeadingKeys'];
  return (
    Action.some((action) => isLike(request.action, action)) &&
    Resource.some((resource) => isLike(request.resource, String(resource))) &&
    (partitions === undefined ||
      (request.leadingKeys ?? []).every((key) => partitions.some((pattern) => isLike(key, pattern))))
  );
}

function partitionsOf(condition: PolicyStatement['Condition']): (string | undefined)[] {
  return condition?.['ForAllValues:StringLike']['dynamodb:LeadingKeys'] ?? [undefined];
}

const patterns = new Map<string, RegExp>();

/** `*` stands for any characters, `?` for one. */
function isLike(text: string, pattern: string): boolean {
  const known = patterns.get(pattern) ?? expressionOf(pattern);
  patterns.set(pattern, known);
  return known.test(text);
}

function expressionOf(pattern: string): RegExp {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, 's');
}
