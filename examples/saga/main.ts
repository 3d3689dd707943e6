// npm start: a trip that can't be booked as a whole, and a process that is killed while it is undone.
import { runExample } from '@middy-durable-examples/shared/run-example.ts';
import { tellStory } from './story.ts';

process.exitCode = await runExample('saga', tellStory);
