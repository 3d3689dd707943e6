import {
  FUNCTION_NAME_PATTERN,
  InvalidParameterValueException,
  MAX_FUNCTION_NAME_LENGTH,
} from '@middy-durable/protocol';
import type { Engine, Home } from './engine.ts';
import { checkText } from './request-shape.ts';

const VERSION: RegExp = /^(\$LATEST(\.PUBLISHED)?|[0-9]+)$/;
/** The ARN of an execution takes fewer characters than the name of a function does. */
const NAME_IN_ARN: RegExp = /^[a-zA-Z0-9_-]+$/;

/** The plain name and the version in a function's name or ARN. Throws for names that no execution can have. */
export function resolveFunction(home: Engine['home'], text: string): { functionName: string; qualifier: string } {
  checkText(text, 'functionName', MAX_FUNCTION_NAME_LENGTH, FUNCTION_NAME_PATTERN);
  const { name: functionName, qualifier = home.qualifier } = functionParts(text);
  if (!NAME_IN_ARN.test(functionName)) {
    throw new InvalidParameterValueException(
      `Function name '${functionName}' does not fit the ARN of an execution: use letters, digits, '-' and '_' only.`,
    );
  }
  if (!isVersion(qualifier)) {
    throw new InvalidParameterValueException(
      `Qualifier '${qualifier}' of function '${functionName}' can't be resolved here: use $LATEST or a version number.`,
    );
  }
  return { functionName, qualifier };
}

/** The plain name in a function's name or ARN, and the qualifier where there is one. */
export function functionParts(text: string): { name: string; qualifier?: string | undefined } {
  const [name = '', qualifier] = ownParts(text.split(':'));
  return { name, qualifier };
}

/** Where a function lives: what its full ARN says, else nothing. */
export function homeInArn(text: string): Partial<Home> {
  const [, partition, region, account] =
    /^arn:([a-zA-Z0-9-]+):lambda:([a-zA-Z0-9-]+):(\d{12}):function:/.exec(text) ?? [];
  return partition && region && account ? { partition, region, account } : {};
}

/** True for a version, false for an alias. */
export function isVersion(qualifier: string): boolean {
  return VERSION.test(qualifier);
}

/** What follows partition, region and account: the name and perhaps a qualifier. */
function ownParts(parts: string[]): string[] {
  const keyword = parts.indexOf('function');
  if (keyword >= 0 && keyword < parts.length - 1) return parts.slice(keyword + 1);
  const account = parts.findIndex((part) => /^\d{12}$/.test(part));
  return account >= 0 && account < parts.length - 1 ? parts.slice(account + 1) : parts;
}
