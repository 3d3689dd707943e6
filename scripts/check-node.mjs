// First in every script: says what is wrong when the pinned Node is not the one that runs. Plain JavaScript, no imports.
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 13)) {
  console.error(
    `middy-durable needs Node >= 22.13, this is ${process.versions.node} (${process.execPath}). Start it through npm after ` +
      '`npm ci` (npm start, npm test, npm run ...): that puts the pinned Node of the package `node` first on PATH. ' +
      'If it already was started so, the install scripts were skipped: they must be allowed for the package `node` ' +
      '(no --ignore-scripts; see "allowScripts" in package.json). Then run `npm ci` again.',
  );
  process.exit(1);
}
