import type { StatusChangeEvent } from '@middy-durable/backend';

/** The source of the events that executions of this package have on a bus. Names that begin with `aws.` are AWS's own. */
export const STATUS_CHANGE_SOURCE = 'middy-durable';

const DETAIL_TYPE = 'Durable Execution Status Change';
const SOURCES = ['aws.lambda', STATUS_CHANGE_SOURCE] as const;

/** A start or an end of an execution, of the Lambda service or of this package. */
export type DurableStatusChange = Omit<StatusChangeEvent, 'source'> & {
  source: 'aws.lambda' | typeof STATUS_CHANGE_SOURCE;
};

/**
 * Pattern of a rule that matches the starts and ends of executions of both places.
 *
 * @example
 * new PutRuleCommand({ Name: 'executions', EventPattern: JSON.stringify(statusChangePattern) });
 */
export const statusChangePattern: { readonly source: readonly string[]; readonly 'detail-type': readonly string[] } = {
  source: SOURCES,
  'detail-type': [DETAIL_TYPE],
};

/**
 * Makes a Lambda handler of a function that hears of starts and ends. EventBridge delivers at least once and in no
 * order; `detail.durableExecutionArn` and `detail.status` together tell repeats apart.
 *
 * The returned handler rejects with a TypeError for any other event: then the rule matches too much.
 *
 * @example
 * export const handler = onStatusChange(({ detail }) => {
 *   if (detail.status === 'FAILED') console.error(`${detail.durableExecutionName} failed`);
 * });
 */
export function onStatusChange<Context, Answer>(
  listener: (event: DurableStatusChange, lambdaContext: Context) => Answer | Promise<Answer>,
): (event: unknown, lambdaContext: Context) => Promise<Answer> {
  if (typeof listener !== 'function') {
    throw new TypeError(`onStatusChange: the listener is ${typeof listener}, but must be a function.`);
  }
  return async (event, lambdaContext) => {
    if (!isStatusChange(event)) {
      throw new TypeError(
        `onStatusChange: the event is no '${DETAIL_TYPE}' of ${SOURCES.join(' or ')}. Use statusChangePattern for the rule.`,
      );
    }
    return listener(event, lambdaContext);
  };
}

function isStatusChange(event: unknown): event is DurableStatusChange {
  const { source, detail, 'detail-type': type } = (event ?? {}) as Partial<DurableStatusChange>;
  const arn: unknown = detail?.durableExecutionArn;
  return type === DETAIL_TYPE && SOURCES.some((known) => known === source) && typeof arn === 'string';
}
