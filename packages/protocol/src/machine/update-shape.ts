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
import { isPresent } from './present.ts';

interface Violation {
  /** From the checked value down, with a leading dot; empty for the value itself. */
  readonly path: string;
  readonly value: unknown;
  readonly constraint: string;
}

/** What a value breaks. */
type Check = (value: unknown) => readonly Violation[];

const NONE: readonly Violation[] = [];
const MAX_SHOWN_VALUE = 100;
const MAX_SHOWN_VIOLATIONS = 10;

// A pure call: functions, which never check what they send against the service's rules, are bundled without them.
const checkUpdate: Check = /* @__PURE__ */ updateCheck();

function updateCheck(): Check {
  const errorObject = structure({
    ErrorMessage: text(),
    ErrorType: text(),
    ErrorData: text(),
    StackTrace: texts(),
  });

  const chainedInvokeOptions = structure({
    // Whether it names a function, and whether the tenant is one, are rules of the operation with messages of their own.
    FunctionName: required(text({ min: 1, max: MAX_FUNCTION_NAME_LENGTH })),
    TenantId: text(),
    XAmznTraceId: text({ max: MAX_TRACE_ID_LENGTH }),
  });

  // An absent Id, unknown types and actions, and sizes of payloads are rules of the batch with messages of their own.
  return required(
    structure({
      Id: text({ max: MAX_ID_LENGTH, pattern: ID_PATTERN }),
      ParentId: text({ min: 1, max: MAX_ID_LENGTH, pattern: ID_PATTERN }),
      Name: text({ min: 1, max: MAX_NAME_LENGTH, pattern: NAME_PATTERN }),
      Type: text(),
      SubType: text({ min: 1, max: MAX_SUBTYPE_LENGTH, pattern: ID_PATTERN }),
      Action: text(),
      Payload: text(),
      Error: optional(errorObject),
      ContextOptions: optional(structure({ ReplayChildren: flag() })),
      StepOptions: optional(structure({ NextAttemptDelaySeconds: integer(1, MAX_DURATION_SECONDS) })),
      WaitOptions: optional(structure({ WaitSeconds: integer(1, MAX_DURATION_SECONDS) })),
      CallbackOptions: optional(
        structure({
          TimeoutSeconds: integer(0, MAX_CALLBACK_TIMEOUT_SECONDS),
          HeartbeatTimeoutSeconds: integer(0, MAX_CALLBACK_TIMEOUT_SECONDS),
        }),
      ),
      ChainedInvokeOptions: optional(chainedInvokeOptions),
    }),
  );
}

/**
 * Lengths, patterns and ranges of the members of all updates. Throws ValidationException, in the words of the service,
 * naming the first ten violations.
 */
export function checkShape(updates: readonly OperationUpdate[]): void {
  const broken: string[] = [];
  for (let index = 0; index < updates.length && broken.length < MAX_SHOWN_VIOLATIONS; index += 1) {
    const path = `updates.${index + 1}.member`;
    for (const violation of checkUpdate(updates[index])) broken.push(described(violation, path));
  }
  if (broken.length === 0) return;
  const listed = broken.slice(0, MAX_SHOWN_VIOLATIONS);
  const count = `${listed.length} validation error${listed.length === 1 ? '' : 's'} detected`;
  throw new ValidationException(`${count}: ${listed.join('; ')}`);
}

/** Absent is undefined and null. */
function required(check: Check): Check {
  return (value) => (isPresent(value) ? check(value) : violated(null, 'Member must not be null'));
}

function optional(check: Check): Check {
  return (value) => (isPresent(value) ? check(value) : NONE);
}

function structure(members: Readonly<Record<string, Check>>): Check {
  const checks = Object.entries(members);
  return (value) => {
    if (typeof value !== 'object' || Array.isArray(value)) return violated(value, 'Member must be a structure');
    let violations = NONE;
    for (const [name, check] of checks) {
      const inMember = check((value as Record<string, unknown>)[name]);
      // Paths are put together only for what is broken: this runs for every update.
      if (inMember.length > 0) violations = [...violations, ...inMember.map((violation) => below(name, violation))];
    }
    return violations;
  };
}

interface TextLimits {
  min?: number;
  max?: number;
  pattern?: RegExp;
}

function text({ min = 0, max = Number.POSITIVE_INFINITY, pattern }: TextLimits = {}): Check {
  return optional((value) => {
    if (typeof value !== 'string') return violated(value, 'Member must be a string');
    if (value.length < min) return violated(value, `Member must have length greater than or equal to ${min}`);
    if (value.length > max) return violated(value, `Member must have length less than or equal to ${max}`);
    return value !== '' && pattern?.test(value) === false
      ? violated(value, `Member must satisfy regular expression pattern: ${pattern.source}`)
      : NONE;
  });
}

function integer(min: number, max: number): Check {
  return optional((value) => {
    if (typeof value !== 'number' || !Number.isInteger(value)) return violated(value, 'Member must be an integer');
    if (value < min) return violated(value, `Member must have value greater than or equal to ${min}`);
    return value > max ? violated(value, `Member must have value less than or equal to ${max}`) : NONE;
  });
}

function flag(): Check {
  return optional((value) => (typeof value === 'boolean' ? NONE : violated(value, 'Member must be a boolean')));
}

function texts(): Check {
  return optional((value) =>
    Array.isArray(value) && value.every((item) => typeof item === 'string')
      ? NONE
      : violated(value, 'Member must be a list of strings'),
  );
}

function violated(value: unknown, constraint: string): Violation[] {
  return [{ path: '', value, constraint }];
}

function below(name: string, violation: Violation): Violation {
  return { ...violation, path: `.${name.charAt(0).toLowerCase()}${name.slice(1)}${violation.path}` };
}

function described({ path, value, constraint }: Violation, root: string): string {
  return `Value ${shown(value)} at '${root}${path}' failed to satisfy constraint: ${constraint}`;
}

function shown(value: unknown): string {
  if (value === null) return 'null';
  const written = typeof value === 'object' ? json(value) : String(value);
  return written.length > MAX_SHOWN_VALUE ? `'${written.slice(0, MAX_SHOWN_VALUE)}...'` : `'${written}'`;
}

/** In one process an update may hold what no request could. */
function json(value: object): string {
  try {
    return JSON.stringify(value);
  } catch {
    return String(value);
  }
}
