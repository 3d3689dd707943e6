// npm start: an order whose process is killed when the card is charged, and one that waits for a person.
import { runExample } from '@middy-durable-examples/shared/run-example.ts';
import { tellStory } from './story.ts';

process.exitCode = await runExample('legacy-http', tellStory);
