// npm start: an agent that asks a person before it spends money, and a process that is killed when it has.
import { runExample } from '@middy-durable-examples/shared/run-example.ts';
import { tellStory } from './story.ts';

process.exitCode = await runExample('agent-loop', tellStory);
