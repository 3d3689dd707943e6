// Preload of a handler's process: everything it writes goes, with its time, to the file CONFORMANCE_LOG_FILE. Written at
// once and in one place, so that the order of both streams is known and a crash loses nothing.
import { appendFileSync } from 'node:fs';

const file = process.env.CONFORMANCE_LOG_FILE;

if (file) {
  for (const stream of [process.stdout, process.stderr]) {
    let partial = '';
    stream.write = (chunk, encoding, callback) => {
      const lines = (partial + (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'))).split('\n');
      partial = lines.pop();
      const timestamp = Date.now();
      if (lines.length > 0) {
        appendFileSync(file, lines.map((line) => `${JSON.stringify({ timestamp, line })}\n`).join(''));
      }
      const done = typeof encoding === 'function' ? encoding : callback;
      if (done) process.nextTick(done);
      return true;
    };
  }
}
