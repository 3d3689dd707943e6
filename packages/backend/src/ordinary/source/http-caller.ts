import { canonicalJson } from './canonical-json.ts';
import { headerOf } from './http-header.ts';
import { at } from './read-json.ts';

/** Where an event says who called, by what vouches for it. What a client writes itself is not among them. */
const CALLERS: readonly (readonly string[])[] = [
  // REST APIs: a Lambda authorizer, a Cognito user pool, IAM, a Cognito identity pool, a client certificate, an API key.
  ['authorizer', 'principalId'],
  ['authorizer', 'claims', 'iss'],
  ['authorizer', 'claims', 'sub'],
  ['identity', 'userArn'],
  ['identity', 'cognitoIdentityId'],
  ['identity', 'clientCert', 'subjectDN'],
  ['identity', 'apiKeyId'],
  // HTTP APIs and function URLs: JWT, IAM, a client certificate.
  ['authorizer', 'jwt', 'claims', 'iss'],
  ['authorizer', 'jwt', 'claims', 'sub'],
  ['authorizer', 'iam', 'userArn'],
  ['authorizer', 'iam', 'userId'],
  ['authorizer', 'iam', 'cognitoIdentity', 'identityId'],
  ['authentication', 'clientCert', 'subjectDN'],
];

/**
 * Who called, as text; `undefined` when no authorizer says so. A Lambda authorizer of an HTTP API hands over a context of its
 * own making: its `principalId` or `sub`, and where it has neither, all of it.
 */
export function callerOf(event: unknown): string | undefined {
  const request = at(event, 'requestContext');
  const known = CALLERS.flatMap((path) => {
    const value = at(request, ...path);
    return isGiven(value) ? [[path.join('.'), value]] : [];
  });
  const custom = at(request, 'authorizer', 'lambda');
  const principal = at(custom, 'principalId') ?? at(custom, 'sub') ?? custom;
  if (isGiven(principal)) known.push(['authorizer.lambda', principal]);
  // Set by the load balancer that signed the user in.
  const user = at(request, 'elb') === undefined ? undefined : headerOf(event, 'x-amzn-oidc-identity');
  if (user) known.push(['elb', user]);
  return known.length > 0 ? canonicalJson(known) : undefined;
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== '';
