// node scripts/ci-summary.mjs <jest's JSON>: what ran, in lines for a reader, and last "N passed, M failed".
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './project.mjs';

const jest = JSON.parse(readFileSync(process.argv[2], 'utf8'));

const suites = new Map();
const stores = { memory: 0, SQLite: 0, dynalite: 0, 'DynamoDB Local': 0 };
/** What a store is called by the tests of others. */
const WORDS = { memory: /memory/i, SQLite: /sqlite/i, dynalite: /dynalite/i, 'DynamoDB Local': /dynamodb[- ]local/i };
let official = 0;
/** How pages were opened and clicked: in which browser, or over HTTP and why. */
const visits = new Map();
for (const { name, assertionResults } of jest.testResults) {
  const file = relative(root, name).replaceAll('\\', '/');
  const suite = file.split('/', 2).join('/');
  suites.set(suite, (suites.get(suite) ?? 0) + assertionResults.length);
  for (const { ancestorTitles, fullName, status } of assertionResults) {
    if (status === 'pending' || status === 'todo') console.log(`skipped: ${file}: ${fullName}`);
    if (status !== 'passed') continue;
    const subject = `${file} ${fullName}`;
    for (const [store, word] of Object.entries(WORDS)) if (word.test(subject)) stores[store] += 1;
    if (/official SDK/i.test(fullName)) official += 1;
    const [, how] = /^an approval by mail link, ((?:in Chromium|over HTTP).*)$/.exec(ancestorTitles[0] ?? '') ?? [];
    if (how) visits.set(how, (visits.get(how) ?? 0) + 1);
  }
}
console.log(`node: ${process.version}`);
console.log(`suites: ${counted(Object.fromEntries([...suites].sort()))}`);
console.log(`stores named by tests: ${counted(stores)}`);
if (stores['DynamoDB Local'] === 0) console.log('DynamoDB Local did not run: there is no Java');
console.log(`engines: @middy-durable/core; beside the official SDK (${official})`);
console.log(
  `confirmation page: ${[...visits].map(([how, count]) => `clicked ${how} (${count})`).join(', ') || 'did not run'}`,
);

const results = join(root, '.conformance/results');
const runs = existsSync(results)
  ? readdirSync(results).map((file) => [file, readFileSync(join(results, file), 'utf8')])
  : [];
for (const [file, text] of runs) {
  const { reports } = JSON.parse(text);
  const passed = reports.filter(({ outcome }) => outcome === 'PASSED').length;
  const names = [...new Set(reports.map(({ suite }) => suite))].join(', ');
  console.log(`conformance on ${file.replace('.json', '')}: ${passed} of ${reports.length} passed (${names})`);
}
if (runs.length === 0) console.log('conformance: did not run');

// A file that cannot be loaded has no assertions, but it has failed.
const failed = jest.numFailedTests + jest.numRuntimeErrorTestSuites;
console.log(`${jest.numPassedTests} passed, ${failed} failed`);
process.exitCode = jest.success && failed === 0 ? 0 : 1;

function counted(counts) {
  return Object.entries(counts)
    .map(([name, count]) => `${name} (${count})`)
    .join(', ');
}
