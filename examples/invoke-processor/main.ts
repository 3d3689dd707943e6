// npm start: an orchestrator that is killed when the function that it invoked has answered, and does not invoke it again.
import { runExample } from '@middy-durable-examples/shared/run-example.ts';
import { tellStory } from './story.ts';

process.exitCode = await runExample('invoke-processor', tellStory);
