import { InvalidParameterValueException } from './errors.ts';
import { MAX_EXECUTION_ARN_LENGTH, MAX_EXECUTION_NAME_LENGTH } from './limits.ts';

/** The parts of the ARN of an execution: the ARN of a function version, the execution's name and its id. */
export interface ExecutionArnParts {
  partition: string;
  region: string;
  /** Twelve digits. */
  account: string;
  functionName: string;
  /** `$LATEST`, `$LATEST.PUBLISHED` or a version number; never an alias. */
  qualifier: string;
  /** Name of the execution. */
  name: string;
  /** Id of its EXECUTION operation. */
  id: string;
}

const EXECUTION_ARN =
  /^arn:(?<partition>[a-zA-Z0-9-]+):lambda:(?<region>[a-zA-Z0-9-]+):(?<account>\d{12}):function:(?<functionName>[a-zA-Z0-9_-]+):(?<qualifier>\$LATEST(?:\.PUBLISHED)?|[0-9]+)\/durable-execution\/(?<name>[a-zA-Z0-9_-]+)\/(?<id>[a-zA-Z0-9_-]+)$/;
const MAX_SHOWN = 200;

/**
 * The ARN of an execution. Throws InvalidParameterValueException for parts that make none.
 *
 * @example
 * formatExecutionArn({ partition: 'aws', region: 'eu-west-1', account: '123456789012', functionName: 'orders',
 *   qualifier: '$LATEST', name: 'order-7', id: '5fe1' })
 * // 'arn:aws:lambda:eu-west-1:123456789012:function:orders:$LATEST/durable-execution/order-7/5fe1'
 */
export function formatExecutionArn(parts: ExecutionArnParts): string {
  const { partition, region, account, functionName, qualifier, name, id } = parts;
  const arn = `arn:${partition}:lambda:${region}:${account}:function:${functionName}:${qualifier}/durable-execution/${name}/${id}`;
  parseExecutionArn(arn);
  return arn;
}

/** The parts of the ARN of an execution. Throws InvalidParameterValueException for any other text. */
export function parseExecutionArn(arn: string): ExecutionArnParts {
  const fits = typeof arn === 'string' && arn.length <= MAX_EXECUTION_ARN_LENGTH;
  const parts = (fits ? EXECUTION_ARN.exec(arn)?.groups : undefined) as ExecutionArnParts | undefined;
  if (parts === undefined || parts.name.length > MAX_EXECUTION_NAME_LENGTH) {
    throw new InvalidParameterValueException(
      `Invalid durable execution ARN '${String(arn).slice(0, MAX_SHOWN)}': expected ` +
        'arn:<partition>:lambda:<region>:<account>:function:<function>:<version>/durable-execution/<name>/<id>',
    );
  }
  return { ...parts };
}
