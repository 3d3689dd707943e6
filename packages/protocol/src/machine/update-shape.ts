import { ValidationException } from '../errors.ts';
import {
  ID_PATTERN,
  MAX_CALLBACK_TIMEOUT_SECONDS,
  MAX_DURATION_SECONDS,
  MAX_FUNCTION_NAME_LENGTH,
  MAX_ID_LENGTH,
  MAX_NAME_LENGTH,
  MAX_SUBTYPE_LENGTH,
  MAX_TRACE_ID_LENGTH,
  NAME_PATTERN,
} from '../limits.ts';
import type { OperationUpdate } from '../wire.ts';

/** Adds what `value`, found at `path`, breaks to `violations`. Absent members (undefined, null) are not looked at. */
type Check = (value: unknown, path: string, violations: string[]) => void;

interface Member {
  readonly name: string;
  readonly check: Check;
  readonly required?: boolean;
}

const MAX_SHOWN_VALUE = 100;
const MAX_SHOWN_VIOLATIONS = 10;

const errorMembers: readonly Member[] = [
  { name: 'ErrorMessage', check: text() },
  { name: 'ErrorType', check: text() },
  { name: 'ErrorData', check: text() },
  { name: 'StackTrace', check: texts },
];

const chainedInvokeMembers: readonly Member[] = [
  // Whether it names a function, and whether the tenant is one, are rules of the operation with messages of their own.
  { name: 'FunctionName', check: text({ min: 1, max: MAX_FUNCTION_NAME_LENGTH }), required: true },
  { name: 'TenantId', check: text() },
  { name: 'XAmznTraceId', check: text({ max: MAX_TRACE_ID_LENGTH }) },
];

// An absent Id, unknown types and actions, and sizes of payloads are rules of the batch with messages of their own.
const updateMembers: readonly Member[] = [
  { name: 'Id', check: text({ max: MAX_ID_LENGTH, pattern: ID_PATTERN }) },
  { name: 'ParentId', check: text({ min: 1, max: MAX_ID_LENGTH, pattern: ID_PATTERN }) },
  { name: 'Name', check: text({ min: 1, max: MAX_NAME_LENGTH, pattern: NAME_PATTERN }) },
  { name: 'Type', check: text() },
  { name: 'SubType', check: text({ min: 1, max: MAX_SUBTYPE_LENGTH, pattern: ID_PATTERN }) },
  { name: 'Action', check: text() },
  { name: 'Payload', check: text() },
  { name: 'Error', check: structure(errorMembers) },
  { name: 'ContextOptions', check: structure([{ name: 'ReplayChildren', check: flag }]) },
  {
    name: 'StepOptions',
    check: structure([{ name: 'NextAttemptDelaySeconds', check: integer(1, MAX_DURATION_SECONDS) }]),
  },
  { name: 'WaitOptions', check: structure([{ name: 'WaitSeconds', check: integer(1, MAX_DURATION_SECONDS) }]) },
  {
    name: 'CallbackOptions',
    check: structure([
      { name: 'TimeoutSeconds', check: integer(0, MAX_CALLBACK_TIMEOUT_SECONDS) },
      { name: 'HeartbeatTimeoutSeconds', check: integer(0, MAX_CALLBACK_TIMEOUT_SECONDS) },
    ]),
  },
  { name: 'ChainedInvokeOptions', check: structure(chainedInvokeMembers) },
];

const checkUpdate: Check = structure(updateMembers);

/**
 * Lengths, patterns and ranges of the members of all updates. Throws ValidationException, in the words of the service,
 * naming the first ten violations.
 */
export function checkShape(updates: readonly OperationUpdate[]): void {
  const violations: string[] = [];
  for (let index = 0; index < updates.length && violations.length < MAX_SHOWN_VIOLATIONS; index += 1) {
    const update: unknown = updates[index];
    const path = `updates.${index + 1}.member`;
    if (isAbsent(update)) violations.push(violation(update, path, 'Member must not be null'));
    else checkUpdate(update, path, violations);
  }
  if (violations.length === 0) return;
  const shown = violations.slice(0, MAX_SHOWN_VIOLATIONS);
  const count = `${shown.length} validation error${shown.length === 1 ? '' : 's'} detected`;
  throw new ValidationException(`${count}: ${shown.join('; ')}`);
}

function structure(members: readonly Member[]): Check {
  return (value, path, violations) => {
    if (typeof value !== 'object' || Array.isArray(value)) {
      violations.push(violation(value, path, 'Member must be a structure'));
      return;
    }
    for (const { name, check, required } of members) {
      const member = (value as Record<string, unknown>)[name];
      if (!isAbsent(member)) check(member, `${path}.${lowerFirst(name)}`, violations);
      else if (required) violations.push(violation(null, `${path}.${lowerFirst(name)}`, 'Member must not be null'));
    }
  };
}

function text({
  min = 0,
  max = Number.POSITIVE_INFINITY,
  pattern,
}: {
  min?: number;
  max?: number;
  pattern?: RegExp;
} = {}): Check {
  return (value, path, violations) => {
    if (typeof value !== 'string') {
      violations.push(violation(value, path, 'Member must be a string'));
      return;
    }
    if (value.length < min) {
      violations.push(violation(value, path, `Member must have length greater than or equal to ${min}`));
    }
    if (value.length > max)
      violations.push(violation(value, path, `Member must have length less than or equal to ${max}`));
    if (pattern && value !== '' && !pattern.test(value)) {
      violations.push(violation(value, path, `Member must satisfy regular expression pattern: ${pattern.source}`));
    }
  };
}

function integer(min: number, max: number): Check {
  return (value, path, violations) => {
    if (!Number.isInteger(value)) violations.push(violation(value, path, 'Member must be an integer'));
    else if ((value as number) < min) {
      violations.push(violation(value, path, `Member must have value greater than or equal to ${min}`));
    } else if ((value as number) > max) {
      violations.push(violation(value, path, `Member must have value less than or equal to ${max}`));
    }
  };
}

function flag(value: unknown, path: string, violations: string[]): void {
  if (typeof value !== 'boolean') violations.push(violation(value, path, 'Member must be a boolean'));
}

function texts(value: unknown, path: string, violations: string[]): void {
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    violations.push(violation(value, path, 'Member must be a list of strings'));
  }
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function violation(value: unknown, path: string, constraint: string): string {
  const written = typeof value === 'string' ? value : isAbsent(value) ? 'null' : JSON.stringify(value);
  const shown = written.length > MAX_SHOWN_VALUE ? `${written.slice(0, MAX_SHOWN_VALUE)}...` : written;
  const quoted = isAbsent(value) ? shown : `'${shown}'`;
  return `Value ${quoted} at '${path}' failed to satisfy constraint: ${constraint}`;
}
