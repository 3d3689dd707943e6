// npm start: a thousand rows, ten at a time, six of them bad; and a process that is killed in the middle.
import { runExample } from '@middy-durable-examples/shared/run-example.ts';
import { tellStory } from './story.ts';

process.exitCode = await runExample('batch-import', tellStory);
