import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { factsOf, type Row, SITUATIONS, type Situation } from './row.ts';

/** Rows under one heading of the page. */
export interface Section {
  title: string;
  rows: Row[];
}

const HEADINGS = [
  'middleware',
  'first run',
  'replay, after a crash',
  'suspension and resume',
  'the handler fails',
  'after a thaw',
  'use it',
];

/** The page of the docs. @param root of the project: the versions are those that are installed there */
export function pageOf(sections: readonly Section[], root: string): string {
  const tables = sections.flatMap(({ title, rows }) => [
    `## ${title}`,
    '',
    line(HEADINGS),
    line(
      HEADINGS.map(() => '---'),
      '',
    ),
    ...rows.map((row) =>
      line([nameOf(row, root), ...SITUATIONS.map((situation) => cellOf(row, situation)), row.advice]),
    ),
    '',
  ]);
  return `${INTRODUCTION}\n${tables.join('\n')}`;
}

function nameOf({ package: name, code }: Row, root: string): string {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'));
  return `\`${code}\`<br>${name} ${version}`;
}

/** How often each hook ran, as measured, and what that means. */
function cellOf(row: Row, situation: Situation): string {
  const names = factsOf(row, situation).hooks.flatMap((hooks) => hooks.split(' ').filter(Boolean));
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const hooks = [...counts].map(([name, count]) => `\`${name}\` ${count}×`).join(', ');
  return [hooks, row.cells[situation].says].filter(Boolean).join(': ');
}

function line(cells: readonly string[], space = ' '): string {
  return `|${cells.map((cell) => `${space}${cell}${space}`).join('|')}|`;
}

const INTRODUCTION = `# Middlewares in durable handlers

What the middlewares that people have do in a durable execution, the same in middy's execution mode (\`durableExecution\`) and in
\`withDurableExecution(middy(handler))\`. Every cell is a test in \`test/middleware-matrix\`, which also writes this page:
\`UPDATE_MIDDLEWARE_TABLE=1 npm test -- test/middleware-matrix\`.

- *First run*: the handler runs a step and returns.
- *Replay, after a crash*: the process dies after the step; another one goes on.
- *Suspension and resume*: the handler waits an hour after the step; two invocations.
- *The handler fails*: it throws after the step. Where a middleware answers the error, the caller of an ordinary event gets that answer.
- *After a thaw*: the request is left behind while it still works; time passes, its work ends late, then the execution goes on.

How often each hook ran is counted over the whole execution. In every invocation middlewares get a fresh event, and no \`after\` and
no \`onError\` runs in a request that is left behind. \`onlyFirst\`, \`checkpointed\`, \`onSuspend\`, \`onResume\` and \`aroundStep\` are in
\`@middy-durable/core/middleware\`.

An existing handler that never suspends gives the same answers as before, byte for byte, also to errors. One thing changes with the
first step: what a step throws reaches the handler and its middlewares as a \`StepError\` with the same message, \`statusCode\` and
\`expose\`, and nothing else of it: \`headers\` and other members are set where the error is thrown outside of steps.
`;
