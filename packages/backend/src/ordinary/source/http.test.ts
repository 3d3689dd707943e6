import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  apiGatewayV1,
  apiGatewayV2,
  type Delivery,
  functionUrl,
  HTTP_EVENTS,
  type HttpEvent,
  loadBalancer,
  loadBalancerInLists,
  REQUEST,
  type Sent,
} from '../../../test-support/source-events.ts';
import { type DescribedEvent, describeEvent } from './index.ts';

const described = (event: unknown): Promise<DescribedEvent> => describeEvent(event, {}, {});
const nameOf = async (event: unknown): Promise<string | undefined> => (await described(event)).name;
const fingerprintOf = async (event: unknown): Promise<string> => (await described(event)).fingerprint;

const delivery: fc.Arbitrary<Delivery> = fc.record({
  id: fc.uuid(),
  spelling: fc.constantFrom('kept', 'lower', 'upper'),
  base64: fc.boolean(),
  agent: fc.string(),
});
const sent: fc.Arbitrary<Sent> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT'),
  path: fc.constantFrom('/orders', '/orders/42', '/Orders'),
  query: fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', '__proto__'), fc.constantFrom('', '1', '2', 'x y')), {
    selector: ([name]) => name,
  }),
  headers: fc.constant(REQUEST.headers),
  body: fc.option(fc.constantFrom('{"id":42}', '{"id":43}', 'ä'), { nil: undefined }),
});
/** Equal for requests that mean the same, whatever order their parameters have. */
const meaningOf = ({ method, path, query, body = '' }: Sent): string =>
  JSON.stringify([method, path, [...query].sort(([a], [b]) => (a < b ? -1 : 1)), body]);

describe.each(Object.entries(HTTP_EVENTS))('a request by %s', (_source, make: HttpEvent) => {
  it('is named by its key, answered 202, and its error is kept', async () => {
    const event = await described(make());
    expect(event).toMatchObject({ kind: 'http', name: 'order-42', onRedelivery: 'stored' });
    expect(JSON.parse(event.input)).toEqual(JSON.parse(JSON.stringify(make())));
  });

  it('is the same request however it was delivered', async () => {
    await fc.assert(
      fc.asyncProperty(sent, delivery, delivery, async (request, first, second) => {
        const [a, b] = [await described(make(request, first)), await described(make(request, second))];
        expect([a.name, a.fingerprint]).toEqual([b.name, b.fingerprint]);
      }),
    );
  });

  it('is another request whenever the sender meant another', async () => {
    await fc.assert(
      fc.asyncProperty(sent, sent, delivery, async (a, b, by) => {
        const same = (await fingerprintOf(make(a, by))) === (await fingerprintOf(make(b, by)));
        expect(same).toBe(meaningOf(a) === meaningOf(b));
      }),
    );
  });

  it('has no name without a key, or with an empty one', async () => {
    expect(await nameOf(make({ headers: {} }))).toBeUndefined();
    expect(await nameOf(make({ headers: { 'Idempotency-Key': ' ' } }))).toBeUndefined();
  });

  it('has a name that fits, whatever the key', async () => {
    expect(await nameOf(make({ headers: { 'idempotency-key': '"quoted, as the draft says"' } }))).toMatch(
      /^[0-9a-f]{64}$/,
    );
  });
});

describe('a query', () => {
  it('tells the values of one parameter apart where the source does', async () => {
    const twice: [string, string][] = [
      ['a', '1'],
      ['a', '2'],
    ];
    for (const make of [apiGatewayV1, apiGatewayV2, functionUrl, loadBalancerInLists]) {
      const joined = await fingerprintOf(make({ query: [['a', '1,2']] }));
      expect(await fingerprintOf(make({ query: twice }))).not.toBe(joined);
      expect(await fingerprintOf(make({ query: [...twice].reverse() }))).not.toBe(joined);
    }
  });

  it('is read from single values where there are no lists', async () => {
    const { multiValueQueryStringParameters: _lists, ...event } = apiGatewayV1();
    expect(await fingerprintOf(event)).toBe(await fingerprintOf(apiGatewayV1()));
    expect(await fingerprintOf({ ...event, queryStringParameters: { dry: 'yes' } })).not.toBe(
      await fingerprintOf(event),
    );
  });
});

describe('a request that leaves things out', () => {
  it('is recognised by what a hand-written event has', async () => {
    for (const event of [
      { httpMethod: 'GET', path: '/', headers: { 'IDEMPOTENCY-KEY': 'k' } },
      { requestContext: { http: { method: 'GET', path: '/' } }, headers: { 'idempotency-key': 'k' } },
    ]) {
      expect(await described(event)).toMatchObject({ kind: 'http', name: 'k' });
    }
  });

  it('is not mistaken for one when it only looks a little like it', async () => {
    for (const event of [{ httpMethod: 'GET' }, { httpMethod: 'GET', path: '/' }, { path: '/', headers: {} }]) {
      expect((await described(event)).kind).toBe('other');
    }
  });

  it('reads the fields of the event, not of Object.prototype', async () => {
    const event = JSON.parse('{"__proto__":{"httpMethod":"GET","path":"/","headers":{"idempotency-key":"k"}}}');
    expect(await described(event)).toMatchObject({ kind: 'other', name: undefined });
  });
});

describe('the caller', () => {
  const v1 = (context: object): unknown => apiGatewayV1({}, { id: 'r', requestContext: { ...context } });
  const v2 = (authorizer: object): unknown => apiGatewayV2({}, { id: 'r', requestContext: { authorizer } });
  const byLoadBalancer = (user: string): unknown =>
    loadBalancer({ headers: { ...REQUEST.headers, 'x-amzn-oidc-identity': user } });

  it.each<[string, (who: string) => unknown]>([
    ['a Lambda authorizer', (principalId) => v1({ authorizer: { principalId } })],
    ['a Cognito user pool', (sub) => v1({ authorizer: { claims: { sub } } })],
    ['IAM', (userArn) => v1({ identity: { userArn } })],
    ['a Cognito identity pool', (cognitoIdentityId) => v1({ identity: { cognitoIdentityId } })],
    ['a client certificate', (subjectDN) => v1({ identity: { clientCert: { subjectDN } } })],
    ['an API key', (apiKeyId) => v1({ identity: { apiKeyId } })],
    ['a JWT', (sub) => v2({ jwt: { claims: { sub, iss: 'i' } } })],
    ['the issuer of a JWT', (iss) => v2({ jwt: { claims: { sub: 's', iss } } })],
    ['IAM (HTTP API, function URL)', (userArn) => v2({ iam: { userArn } })],
    ['an identity pool (HTTP API)', (identityId) => v2({ iam: { cognitoIdentity: { identityId } } })],
    ['a Lambda authorizer with a principal', (principalId) => v2({ lambda: { principalId } })],
    ['a Lambda authorizer with a subject', (sub) => v2({ lambda: { sub } })],
    ['a Lambda authorizer with a context of its own', (tenant) => v2({ lambda: { tenant } })],
    ['a load balancer that signed the user in', byLoadBalancer],
  ])('known by %s is part of the name', async (_by, make) => {
    const [ada, again, bob] = [await nameOf(make('ada')), await nameOf(make('ada')), await nameOf(make('bob'))];
    expect(ada).toMatch(/^[0-9a-f]{64}$/);
    expect(again).toBe(ada);
    expect(bob).not.toBe(ada);
    expect(ada).not.toBe(await nameOf(apiGatewayV1()));
    expect(await fingerprintOf(make('bob'))).toBe(await fingerprintOf(make('ada')));
  });

  it('can not be spelled by an anonymous key', async () => {
    const ada = (await nameOf(v1({ authorizer: { principalId: 'ada' } }))) as string;
    expect(await nameOf(apiGatewayV1({ headers: { 'Idempotency-Key': ada } }))).not.toBe(ada);
  });

  it('is not asked of what changes from token to token', async () => {
    const at = (iat: number): unknown => v2({ jwt: { claims: { sub: 's', iss: 'i', iat }, scopes: null } });
    expect(await nameOf(at(1))).toBe(await nameOf(at(2)));
    const took = (integrationLatency: number): unknown => v1({ authorizer: { principalId: 'p', integrationLatency } });
    expect(await nameOf(took(1))).toBe(await nameOf(took(2)));
  });

  it('is nobody where the source says nothing, or a client says it itself', async () => {
    const nobody = { authorizer: null, identity: { userArn: null, cognitoIdentityId: null, apiKeyId: '' } };
    expect(await nameOf(v1(nobody))).toBe('order-42');
    const headers = { ...REQUEST.headers, 'x-amzn-oidc-identity': 'ada' };
    expect(await nameOf(apiGatewayV2({ headers }))).toBe('order-42');
  });
});

describe('the pending response', () => {
  const execution = { durableExecutionArn: 'arn:e', executionName: 'order-42', status: 'RUNNING' } as const;

  it.each(Object.entries({ apiGatewayV1, apiGatewayV2, functionUrl, loadBalancer }))(
    'to %s is 202 with the execution',
    async (_source, make) => {
      expect((await described(make())).pending(execution)).toEqual({
        statusCode: 202,
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(execution),
        isBase64Encoded: false,
      });
    },
  );

  it('has its headers in lists where the load balancer wants them so', async () => {
    const response = (await described(loadBalancerInLists())).pending(execution);
    expect(response).toMatchObject({ statusCode: 202, multiValueHeaders: { 'Content-Type': ['application/json'] } });
    expect(response).not.toHaveProperty('headers');
  });
});
