import type { HttpRequest } from './http-request.ts';

/** An answer that every entrance takes. */
export interface HttpResponse {
  statusCode: number;
  statusDescription?: string;
  headers?: Record<string, string>;
  multiValueHeaders?: Record<string, string[]>;
  body: string;
  isBase64Encoded: false;
}

export interface Content {
  status: number;
  type: 'text/html' | 'application/json';
  body: string;
  headers?: Record<string, string> | undefined;
  /** Of the style element of a page. */
  nonce?: string | undefined;
}

const PHRASES: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** The URL of a page is as good as its token, so nothing may keep it, load beside it, or be told of it. */
const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex, nofollow',
};

export function httpResponse(
  request: HttpRequest,
  { status, type, body, headers: more, nonce }: Content,
): HttpResponse {
  const style = nonce === undefined ? '' : ` style-src 'nonce-${nonce}';`;
  const headers = {
    ...HEADERS,
    'content-security-policy': `default-src 'none';${style} form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
    'content-type': `${type}; charset=utf-8`,
    ...more,
  };
  const answer = { statusCode: status, body: request.method === 'HEAD' ? '' : body, isBase64Encoded: false } as const;
  if (request.entrance === 'api') return { ...answer, headers };
  const statusDescription = `${status} ${PHRASES[status] ?? ''}`.trim();
  if (request.entrance === 'load balancer') return { ...answer, statusDescription, headers };
  const multiValueHeaders = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  return { ...answer, statusDescription, multiValueHeaders };
}
