import { createWakeUpHandler } from '@middy-durable/dynamodb';

const { TABLE_NAME: tableName = '' } = process.env;

/** An ordinary function on a schedule of one minute: it has executions go on that wait no longer, or whose process died. */
export const handler = createWakeUpHandler({ tableName });
