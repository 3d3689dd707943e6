// npm start: somebody approves a purchase by the link in a mail, twice, and the process is killed when it is bought.
import { randomBytes } from 'node:crypto';
import { runExample } from '@middy-durable-examples/shared/run-example.ts';
import { localUrl } from './local-url.ts';

const url = await localUrl();
// Handlers find both by the environment, as on Lambda: before the modules that read it are loaded.
process.env.LINK_URL = url.url;
process.env.LINK_SECRET = randomBytes(32).toString('base64');
const { tellStory } = await import('./story.ts');
process.exitCode = await runExample('human-approval', (signal) => tellStory(url, signal));
await url.close();
