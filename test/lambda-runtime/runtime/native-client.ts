/**
 * What the compiled half of the runtime interface client does, over HTTP: it polls for invocations and posts their answers.
 * The compiled one posts in the foreground; here the next poll waits until what was posted has arrived.
 */
import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { OPEN_RESOURCES_HEADER } from './native-addon.ts';

const API = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
/** What the Runtime API answers to a process that gets no more invocations. */
const GONE = 410;

const agent = new Agent({ keepAlive: true });
const posts = new Set<Promise<unknown>>();

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export async function next(): Promise<{ bodyJson: string; headers: IncomingHttpHeaders }> {
  await Promise.all(posts);
  const { status, headers, body } = await send('GET', `${API}/next`);
  if (status === GONE) {
    // The process ends by itself, unless the function left something open.
    agent.destroy();
    return new Promise(() => {});
  }
  if (status !== 200) throw new Error(`The Runtime API answered the poll for an invocation with ${status}: ${body}`);
  return { bodyJson: body, headers };
}

export function done(requestId: string, body: string): void {
  post(`${requestId}/response`, body);
}

export function error(requestId: string, body: string, xrayCause: string): void {
  post(`${requestId}/error`, body, { 'lambda-runtime-function-xray-error-cause': xrayCause });
}

function post(path: string, body: string, headers: OutgoingHttpHeaders = {}): void {
  const open = JSON.stringify(process.getActiveResourcesInfo());
  const sent = send('POST', `${API}/${path}`, body, { ...headers, [OPEN_RESOURCES_HEADER]: open });
  posts.add(sent);
  // A post that failed makes the next poll fail, which ends the process.
  sent.then(
    () => posts.delete(sent),
    () => {},
  );
}

function send(method: string, url: string, body?: string, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sending = request(url, { method, agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const { statusCode = 0, headers: answered } = response;
        resolve({ status: statusCode, headers: answered, body: Buffer.concat(chunks).toString() });
      });
    });
    sending.once('error', reject);
    sending.end(body);
  });
}
