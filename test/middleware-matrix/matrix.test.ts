import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { batchRows } from './rows/batches.ts';
import { checksAndLogsRows } from './rows/checks-and-logs.ts';
import { httpRows } from './rows/http.ts';
import { observingRows } from './rows/observing.ts';
import { awsApi, parameterRows } from './rows/parameters.ts';
import { powertoolsRows } from './rows/powertools.ts';
import { Bench } from './support/bench.ts';
import { FORMS } from './support/forms.ts';
import { factsOf, type Row, SITUATIONS, type Sight } from './support/row.ts';
import { pageOf, type Section } from './support/table.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = join(root, 'docs/middlewares.md');

const sections: Section[] = [
  { title: 'HTTP', rows: httpRows },
  { title: 'Checks, logs, warm-up', rows: checksAndLogsRows },
  { title: 'Parameters and secrets', rows: parameterRows },
  { title: 'Logger, Metrics, Tracer of Powertools', rows: observingRows },
  { title: 'Batches', rows: batchRows },
  { title: 'Other utilities of Powertools', rows: powertoolsRows },
];

beforeAll(() => awsApi.open());
afterAll(() => awsApi.close());

describe.each(Object.keys(FORMS))('in %s', (form) => {
  const named = sections.flatMap(({ rows }) => rows).map((row): [string, Row] => [`${row.code}: ${row.advice}`, row]);
  describe.each(named)('%s', (_name, row) => {
    it.each(SITUATIONS)('%s', async (situation) => {
      const seen: Sight = await new Bench(row, situation, form).run();
      if (situation === 'failure') seen.caller = await new Bench(row, situation, form).ordinaryAnswer();
      expect(seen).toEqual(factsOf(row, situation));
    });
  });
});

it('the page of the docs is current', () => {
  const page = pageOf(sections, root);
  if (process.env.UPDATE_MIDDLEWARE_TABLE) writeFileSync(PAGE, page);
  expect(readFileSync(PAGE, 'utf8')).toBe(page);
});
