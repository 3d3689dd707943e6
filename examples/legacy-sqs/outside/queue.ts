import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';

/** A message that was sent to the queue. */
export interface Message {
  id: string;
  body: string;
}

/** The messages of a batch, as the queue hands them over on their n-th delivery. */
export function batchOf(messages: readonly Message[], delivery = 1): SQSEvent {
  return { Records: messages.map((message) => recordOf(message, delivery)) };
}

/** The messages that a queue with `ReportBatchItemFailures` delivers again. */
export function keptOf(messages: readonly Message[], answer: unknown): Message[] {
  const failed = (answer as SQSBatchResponse).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  return messages.filter(({ id }) => failed.includes(id));
}

function recordOf({ id, body }: Message, delivery: number): SQSRecord {
  return {
    messageId: id,
    receiptHandle: `handle-${delivery}-of-${id}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(delivery),
      SentTimestamp: '1767225600000',
      SenderId: 'shop',
      ApproximateFirstReceiveTimestamp: '1767225600001',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:orders',
    awsRegion: 'us-east-1',
  };
}
