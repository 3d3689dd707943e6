// npm start: a job that is done while the function is away, and one that is given up.
import { runExample } from '@middy-durable-examples/shared/run-example.ts';
import { tellStory } from './story.ts';

process.exitCode = await runExample('polling-a-job', tellStory);
