/** Events as the sources of ordinary invocations deliver them. `delivery` is what differs when the same is delivered again. */
type Json = Record<string, unknown>;

/** What a client sends over HTTP. */
export interface Sent {
  method: string;
  path: string;
  query: [name: string, value: string][];
  headers: Record<string, string>;
  body: string | undefined;
}

export const REQUEST: Sent = {
  method: 'POST',
  path: '/orders',
  query: [['dry', 'no']],
  headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'order-42' },
  body: '{"id":42}',
};

/** How one delivery of a request differs from another. */
export interface Delivery {
  id: string;
  /** Letters of header names: API Gateway keeps or lowers them. */
  spelling?: 'kept' | 'lower' | 'upper';
  base64?: boolean;
  agent?: string;
  requestContext?: Json;
}

/** One of the four that speak HTTP. */
export type HttpEvent = (sent?: Partial<Sent>, delivery?: Delivery) => Json;

const FIRST: Delivery = { id: 'request-1' };

const spelled = (name: string, spelling: Delivery['spelling'] = 'kept'): string => {
  if (spelling === 'kept') return name;
  return spelling === 'lower' ? name.toLowerCase() : name.toUpperCase();
};

function headersOf(sent: Sent, delivery: Delivery): Record<string, string> {
  const added = { 'User-Agent': delivery.agent ?? 'curl/8', 'X-Amzn-Trace-Id': `Root=1-${delivery.id}` };
  const all = Object.entries({ ...sent.headers, ...added });
  return Object.fromEntries(all.map(([name, value]) => [spelled(name, delivery.spelling), value]));
}

function bodyOf({ body }: Sent, { base64 = false }: Delivery): Json {
  if (body === undefined) return { body: null, isBase64Encoded: false };
  return { body: base64 ? Buffer.from(body).toString('base64') : body, isBase64Encoded: base64 };
}

function inLists(values: [string, string][]): Record<string, string[]> {
  const lists = new Map<string, string[]>();
  for (const [name, value] of values) lists.set(name, [...(lists.get(name) ?? []), value]);
  return Object.fromEntries(lists);
}

export const apiGatewayV1: HttpEvent = (sent, delivery = FIRST) => {
  const request = { ...REQUEST, ...sent };
  const headers = headersOf(request, delivery);
  return {
    resource: '/{proxy+}',
    path: request.path,
    httpMethod: request.method,
    headers,
    multiValueHeaders: inLists(Object.entries(headers)),
    queryStringParameters: request.query.length > 0 ? Object.fromEntries(request.query) : null,
    multiValueQueryStringParameters: request.query.length > 0 ? inLists(request.query) : null,
    pathParameters: null,
    stageVariables: { attempt: delivery.id },
    requestContext: {
      requestId: delivery.id,
      requestTimeEpoch: delivery.id.length,
      identity: { sourceIp: `10.0.0.${delivery.id.length}`, userAgent: delivery.agent ?? 'curl/8' },
      ...delivery.requestContext,
    },
    ...bodyOf(request, delivery),
  };
};

export const apiGatewayV2: HttpEvent = (sent, delivery = FIRST) => {
  const request = { ...REQUEST, ...sent };
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: request.path,
    rawQueryString: new URLSearchParams(request.query).toString(),
    cookies: [`visit=${delivery.id}`],
    headers: headersOf(request, { ...delivery, spelling: delivery.spelling ?? 'lower' }),
    requestContext: {
      http: { method: request.method, path: request.path, sourceIp: '10.0.0.1', userAgent: delivery.agent ?? 'curl/8' },
      requestId: delivery.id,
      time: delivery.id,
      ...delivery.requestContext,
    },
    ...(request.body !== undefined && bodyOf(request, delivery)),
    isBase64Encoded: delivery.base64 ?? false,
  };
};

export const functionUrl: HttpEvent = (sent, delivery = FIRST) => {
  const requestContext = { domainName: 'x.lambda-url.on.aws', ...delivery.requestContext };
  const { cookies: _none, ...event } = apiGatewayV2(sent, { ...delivery, requestContext });
  return event;
};

export const loadBalancer: HttpEvent = (sent, delivery = FIRST) => {
  const request = { ...REQUEST, ...sent };
  return {
    requestContext: { elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:tg' }, ...delivery.requestContext },
    httpMethod: request.method,
    path: request.path,
    queryStringParameters: Object.fromEntries(request.query),
    headers: headersOf(request, { ...delivery, spelling: delivery.spelling ?? 'lower' }),
    ...bodyOf(request, delivery),
  };
};

/** A target group with multi-value headers switched on. */
export const loadBalancerInLists: HttpEvent = (sent, delivery = FIRST) => {
  const { headers, queryStringParameters: _single, ...event } = loadBalancer(sent, delivery);
  const query = inLists({ ...REQUEST, ...sent }.query);
  const lists = inLists(Object.entries(headers as Record<string, string>));
  return { ...event, multiValueHeaders: lists, multiValueQueryStringParameters: query };
};

export const HTTP_EVENTS: Readonly<Record<string, HttpEvent>> = {
  apiGatewayV1,
  apiGatewayV2,
  functionUrl,
  loadBalancer,
  loadBalancerInLists,
};

/** A message of a queue, on its n-th delivery. */
export function sqsMessage(messageId: string, body: string, delivery = 1, changes: Json = {}): Json {
  return {
    messageId,
    receiptHandle: `handle-${delivery}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(delivery),
      SentTimestamp: '1',
      ApproximateFirstReceiveTimestamp: '2',
    },
    messageAttributes: {},
    md5OfBody: 'md5',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:orders',
    awsRegion: 'us-east-1',
    ...changes,
  };
}

export function sqsEvent(...Records: Json[]): Json {
  return { Records };
}

export function snsEvent(changes: Json = {}, delivery = 1): Json {
  const Sns = {
    Type: 'Notification',
    MessageId: 'f3c8d4c2-0c1e-5f0e-9f0a-85a8a0d1b7c1',
    TopicArn: 'arn:aws:sns:us-east-1:000000000000:orders',
    Subject: null,
    Message: '{"id":42}',
    Timestamp: `2026-01-01T00:00:0${delivery}.000Z`,
    Signature: `signature-${delivery}`,
    MessageAttributes: {},
    ...changes,
  };
  return { Records: [{ EventSource: 'aws:sns', EventVersion: '1.0', EventSubscriptionArn: 'arn:s', Sns }] };
}

export function eventBridgeEvent(changes: Json = {}): Json {
  return {
    version: '0',
    id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
    'detail-type': 'OrderPlaced',
    source: 'shop.orders',
    account: '000000000000',
    time: '2026-01-01T00:00:00Z',
    region: 'us-east-1',
    resources: [],
    detail: { id: 42 },
    ...changes,
  };
}

export function kinesisRecord(sequenceNumber: string, data: string, delivery = 1): Json {
  return {
    kinesis: {
      partitionKey: 'p',
      data: Buffer.from(data).toString('base64'),
      sequenceNumber,
      approximateArrivalTimestamp: delivery,
    },
    eventSource: 'aws:kinesis',
    eventID: `shardId-000000000006:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: `arn:aws:iam::000000000000:role/reader-${delivery}`,
    eventSourceARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/clicks',
  };
}

export function tableChange(eventID: string, n: string, delivery = 1): Json {
  return {
    eventID,
    eventName: 'MODIFY',
    eventSource: 'aws:dynamodb',
    dynamodb: {
      Keys: { id: { S: 'a' } },
      NewImage: { id: { S: 'a' }, n: { N: n } },
      SequenceNumber: eventID,
      ApproximateCreationDateTime: delivery,
    },
    eventSourceARN: 'arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/2026',
  };
}

export function s3Event(object: Json = {}, delivery = 1): Json {
  return {
    Records: [
      {
        eventSource: 'aws:s3',
        eventName: 'ObjectCreated:Put',
        eventTime: `2026-01-01T00:00:0${delivery}.000Z`,
        responseElements: { 'x-amz-request-id': `r-${delivery}` },
        s3: {
          bucket: { name: 'uploads' },
          object: { key: 'a.csv', size: 3, eTag: 'e1', versionId: 'v1', sequencer: '0055AED6DCD90281E5', ...object },
        },
      },
    ],
  };
}
