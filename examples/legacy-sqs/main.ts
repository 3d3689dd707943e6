// npm start: a message that fails twice, one that nobody can read, and a process that is killed.
import { runExample } from '@middy-durable-examples/shared/run-example.ts';
import { tellStory } from './story.ts';

process.exitCode = await runExample('legacy-sqs', tellStory);
