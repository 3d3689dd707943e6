import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { createFileSystemSerdes as officialSerdes } from '@aws/durable-execution-sdk-js';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sha256 } from '../engine/seeded.ts';
import { createExtendedSerdes } from './extended-serdes.ts';
import { createFileSystemSerdes, FileSystemPathEncoding, FileSystemSerdesMode } from './file-system-serdes.ts';

const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:orders:1/durable-execution/order-7/e5f0';
const context = { entityId: '1-2', durableExecutionArn: ARN };
const root = realpathSync(mkdtempSync(join(tmpdir(), 'file-system-serdes-')));
let tests = 0;
let base: string;

beforeEach(() => {
  tests++;
  base = join(root, `test-${tests}`);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function stored(
  value: unknown,
  config?: Parameters<typeof createFileSystemSerdes>[1],
  at = context,
): Promise<string> {
  const text = await createFileSystemSerdes(base, config).serialize(value, at);
  return (JSON.parse(text as string) as { file: string }).file;
}

function record(file: string): string {
  return JSON.stringify({ file });
}

function files(): string[] {
  return readdirSync(base, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}

describe('a value in a file', () => {
  it.each([[{ a: [1, 'é'] }], [null], [0], [''], [false]])('%p comes back', async (value) => {
    const serdes = createFileSystemSerdes(base);
    const text = await serdes.serialize(value, context);
    expect(Object.keys(JSON.parse(text as string))).toEqual(['file']);
    expect(await serdes.deserialize(text, context)).toEqual(value);
  });

  it('is the plain JSON of the value, under a name with its digest', async () => {
    const file = await stored({ a: 1 });
    expect(file).toBe(join(base, 'orders', 'order-7', 'e5f0', `1-2.${sha256('{"a":1}')}.json`));
    expect(readFileSync(file, 'utf8')).toBe('{"a":1}');
  });

  it('is not made for what has no text', async () => {
    const serdes = createFileSystemSerdes(base);
    expect(await serdes.serialize(undefined, context)).toBeUndefined();
    expect(await serdes.serialize(() => 1, context)).toBeUndefined();
    expect(await serdes.deserialize(undefined, context)).toBeUndefined();
  });

  it('#34: has one of its own for each attempt', async () => {
    const first = await stored({ attempt: 1 });
    const second = await stored({ attempt: 2 });
    expect(second).not.toBe(first);
    expect(await createFileSystemSerdes(base).deserialize(record(first), context)).toEqual({ attempt: 1 });
    // The official SDK writes both to one file, so that the first record reads the second value.
    const official = officialSerdes(base);
    const text = await official.serialize({ attempt: 1 }, context);
    await official.serialize({ attempt: 2 }, context);
    expect(await official.deserialize(text, context)).toEqual({ attempt: 2 });
  });

  it('is written once more without harm, also at the same time, and leaves nothing beside it', async () => {
    const written = await Promise.all(Array.from({ length: 8 }, () => stored({ a: 'x'.repeat(100_000) })));
    expect(new Set(written).size).toBe(1);
    expect(files()).toEqual([basename(written[0] as string)]);
  });

  it('is written by the serdes it was given', async () => {
    const config = { serdes: createExtendedSerdes() };
    const serdes = createFileSystemSerdes(base, config);
    const value = { ids: new Set([1n]), at: new Date(0) };
    const text = await serdes.serialize(value, context);
    expect(await serdes.deserialize(text, context)).toEqual(value);
    expect(readFileSync(await stored(value, config), 'utf8')).toMatch(/^\{"\$extended":1,/);
  });
});

describe('paths', () => {
  it.each<[string, string, string, string]>([
    ['a readable one', ARN, '1-2', 'orders/order-7/e5f0/1-2'],
    ['another partition', ARN.replace('arn:aws:', 'arn:aws-cn:'), '1', 'orders/order-7/e5f0/1'],
    ['the latest version', ARN.replace(':1/', ':$LATEST/'), '1', 'orders/order-7/e5f0/1'],
    ['another ARN', 'local/x:y', 'a/b', 'local%2Fx%3Ay/a%2Fb'],
    ['a way up', '..', '../..', `${sha256('..')}/..%2F..`],
    ['a way up in an ARN', ARN.replace('order-7', '..'), '1', `orders/${sha256('..')}/e5f0/1`],
    ['a long ARN', 'x'.repeat(256), '1', `${sha256('x'.repeat(256))}/1`],
    ['a long operation', ARN, 'é'.repeat(31), `orders/order-7/e5f0/${sha256('é'.repeat(31))}`],
    ['the longest operation', ARN, 'x'.repeat(185), `orders/order-7/e5f0/${'x'.repeat(185)}`],
    ['half a character', ARN, '\ud800', `orders/order-7/e5f0/${sha256('\ud800')}`],
  ])('%s', async (_name, durableExecutionArn, entityId, path) => {
    const file = await stored(5, undefined, { durableExecutionArn, entityId });
    expect(relative(base, file)).toBe(`${path}.${sha256('5')}.json`);
    expect(Buffer.byteLength(basename(file))).toBeLessThanOrEqual(255);
    expect(await createFileSystemSerdes(base).deserialize(record(file), context)).toBe(5);
  });

  it('can be hashed', async () => {
    const file = await stored(5, { pathEncoding: FileSystemPathEncoding.HASH });
    expect(relative(base, file)).toBe(join(sha256(ARN), `${sha256('1-2')}.${sha256('5')}.json`));
    expect(await createFileSystemSerdes(base).deserialize(record(file), context)).toBe(5);
  });
});

describe('storage mode OVERFLOW', () => {
  const inline = createFileSystemSerdes('/nowhere/at/all', { storageMode: FileSystemSerdesMode.OVERFLOW });

  it('keeps small values on record, without a preview', async () => {
    const serdes = createFileSystemSerdes(base, { storageMode: 'OVERFLOW', generatePreview: () => ({ a: 1 }) });
    expect(await serdes.serialize({ a: 1 }, context)).toBe('{"data":"{\\"a\\":1}"}');
    expect(await inline.deserialize('{"data":"{\\"a\\":1}"}', context)).toEqual({ a: 1 });
  });

  it('keeps what fits into 261,120 bytes with all that stands around it', async () => {
    const serdes = createFileSystemSerdes(base, { storageMode: FileSystemSerdesMode.OVERFLOW });
    const around = JSON.stringify({ data: JSON.stringify('') }).length;
    const fits = 'x'.repeat(261_120 - around);
    expect(await serdes.serialize(fits, context)).toHaveLength(261_120);
    for (const large of [`${fits}x`, `${fits.slice(1)}é`, '"'.repeat(70_000)]) {
      const text = (await serdes.serialize(large, context)) as string;
      expect(JSON.parse(text)).toEqual({ file: expect.any(String) });
      expect(await serdes.deserialize(text, context)).toBe(large);
    }
  });
});

describe('previews', () => {
  it('stand beside the file', async () => {
    const serdes = createFileSystemSerdes(base, { generatePreview: (value) => ({ id: (value as { id: number }).id }) });
    const text = (await serdes.serialize({ id: 7, secret: 'x' }, context)) as string;
    expect(JSON.parse(text)).toEqual({ file: expect.any(String), preview: { id: 7 } });
    expect(await serdes.deserialize(text, context)).toEqual({ id: 7, secret: 'x' });
  });

  it('may be missing; what they throw is passed on, and no file is written', async () => {
    expect(await createFileSystemSerdes(base, { generatePreview: () => undefined }).serialize(1, context)).toBe(
      record(await stored(1)),
    );
    const own = new Error('no preview');
    const broken = createFileSystemSerdes(join(base, 'broken'), {
      generatePreview: () => {
        throw own;
      },
    });
    await expect(broken.serialize(1, context)).rejects.toBe(own);
    expect(readdirSync(base)).not.toContain('broken');
  });
});

describe('records of the official SDK', () => {
  it.each([[{}], [{ storageMode: 'OVERFLOW' }], [{ pathEncoding: 'HASH' }], [{ generatePreview: () => ({ p: 1 }) }]])(
    '%p are readable here, and ours there',
    async (config) => {
      const value = { total: 12, lines: ['é'] };
      const [ours, official] = [createFileSystemSerdes(base, config as object), officialSerdes(base, config as never)];
      expect(await ours.deserialize(await official.serialize(value, context), context)).toEqual(value);
      expect(await official.deserialize(await ours.serialize(value, context), context)).toEqual(value);
    },
  );
});

describe('a file that can no longer be trusted', () => {
  it('is missing', async () => {
    const file = await stored({ a: 1 });
    rmSync(file);
    await expect(createFileSystemSerdes(base).deserialize(record(file), context)).rejects.toThrow(
      `The payload file ${file} is missing: all invocations must share the file system that it was written to (not /tmp), and nothing may delete it`,
    );
  });

  it.each([['{"a":2}'], [''], ['{"a":1}\n']])('was changed to %p', async (content) => {
    const file = await stored({ a: 1 });
    writeFileSync(file, content);
    await expect(createFileSystemSerdes(base).deserialize(record(file), context)).rejects.toThrow(
      `The payload file ${file} was changed or cut after it was written: its content does not have the digest in its name; restore it`,
    );
  });

  it('is a directory', async () => {
    mkdirSync(join(base, 'folder.json'), { recursive: true });
    await expect(createFileSystemSerdes(base).deserialize(record(join(base, 'folder.json')), context)).rejects.toThrow(
      /^The payload file .*folder\.json could not be read: EISDIR/,
    );
  });
});

describe('a file elsewhere', () => {
  it.each([
    ['/etc/passwd', '/etc/passwd'],
    ['a way up', '../secret.json'],
    ['a neighbour whose name begins alike', '../BASE-2/x.json'],
    ['the parent', '..'],
  ])('%s is refused, whether or not it is there', async (_name, path) => {
    const file = path.startsWith('/') ? path : join(base, path.replace('BASE', basename(base)));
    await expect(createFileSystemSerdes(base).deserialize(record(file), context)).rejects.toThrow(
      `The payload file ${file} is outside of the file-system serdes. Files are only read from ${base}: name further directories in option readFrom`,
    );
  });

  it('is refused where a link leads to it', async () => {
    const file = await stored({ a: 1 });
    const secret = join(root, 'secret.json');
    writeFileSync(secret, '{"a":1}');
    const link = join(dirname(file), 'link.json');
    symlinkSync(secret, link);
    await expect(createFileSystemSerdes(base).deserialize(record(link), context)).rejects.toThrow(
      `The payload file ${link} is a link to ${secret}, outside of the file-system serdes. Files are only read from ${base}`,
    );
  });

  it('is read where the directory itself is a link', async () => {
    const file = await stored({ a: 1 });
    const alias = `${base}-alias`;
    symlinkSync(base, alias);
    const text = record(join(alias, relative(base, file)));
    expect(await createFileSystemSerdes(alias).deserialize(text, context)).toEqual({ a: 1 });
  });

  it('is read from where files were kept before', async () => {
    const file = await stored({ a: 1 });
    const moved = createFileSystemSerdes(join(base, 'new'), { readFrom: [base, '/not/there'] });
    expect(await moved.deserialize(record(file), context)).toEqual({ a: 1 });
    await expect(createFileSystemSerdes(join(base, 'new')).deserialize(record(file), context)).rejects.toThrow(
      /outside/,
    );
  });
});

describe('writing that fails', () => {
  it('names the file, what happened and what to look at, and leaves nothing', async () => {
    mkdirSync(base);
    writeFileSync(join(base, 'orders'), 'a file where a directory is needed');
    const failure = (await createFileSystemSerdes(base)
      .serialize(1, context)
      .catch((error) => error)) as Error;
    expect(failure.message).toMatch(
      /^The payload file .*1-2\.[0-9a-f]{64}\.json could not be written \((ENOTDIR|EEXIST).*\): is its file system mounted, writable and not full\?$/,
    );
    expect(failure.cause).toMatchObject({ code: expect.stringMatching(/ENOTDIR|EEXIST/) });
  });

  it('in the last moment leaves no draft behind', async () => {
    const file = await stored({ a: 1 });
    rmSync(file);
    mkdirSync(join(file, 'in-the-way'), { recursive: true });
    await expect(stored({ a: 1 })).rejects.toThrow(/could not be written/);
    expect(readdirSync(dirname(file))).toEqual([basename(file)]);
  });
});

describe('what another serdes wrote', () => {
  it.each([['5'], ['null'], ['{}'], ['[]'], [''], ['{'], ['{"data":5}'], ['{"file":{}}'], ['"text"']])(
    '%p is refused',
    async (text) => {
      await expect(createFileSystemSerdes(base).deserialize(text, context)).rejects.toThrow(TypeError);
      await expect(createFileSystemSerdes(base).deserialize(text, context)).rejects.toThrow(
        /^The payload is not \{"file":...\} or \{"data":...\} but .*\. Another serdes wrote it: read executions that are under way with the one they began with$/,
      );
    },
  );
});

describe('options', () => {
  it.each<[unknown, unknown, string]>([
    ['', undefined, 'basePath must be the path of a directory; got ""'],
    [undefined, undefined, 'basePath must be the path of a directory; got undefined'],
    ['/mnt', { storageMode: 'SOMETIMES' }, 'option storageMode must be one of ALWAYS, OVERFLOW; got "SOMETIMES"'],
    ['/mnt', { pathEncoding: 'uri' }, 'option pathEncoding must be one of URI, HASH; got "uri"'],
    ['/mnt', { generatePreview: {} }, 'option generatePreview must be a function; got {}'],
    ['/mnt', { serdes: {} }, 'option serdes must be an object with the functions serialize and deserialize; got {}'],
    ['/mnt', { readFrom: '/old' }, 'option readFrom must be an array of paths; got "/old"'],
    ['/mnt', { readFrom: [''] }, 'option readFrom must be an array of paths; got [""]'],
    ['/mnt', 5, 'the options must be an object; got 5'],
  ])('%p, %p', (path, config, message) => {
    const make = () => createFileSystemSerdes(path as string, config as never);
    expect(make).toThrow(new TypeError(`createFileSystemSerdes: ${message}`));
  });

  it.each([[undefined], [null]])('explicit %p means the default', async (none) => {
    const names = ['storageMode', 'pathEncoding', 'generatePreview', 'serdes', 'readFrom'];
    const config = Object.fromEntries(names.map((name) => [name, none])) as object;
    expect(await stored(1, config)).toBe(await stored(1));
    expect(await createFileSystemSerdes(base, config).deserialize(record(await stored(1)), context)).toBe(1);
  });

  it('a relative path is one from the working directory', async () => {
    base = relative(process.cwd(), base);
    const file = await stored(1);
    expect(file.startsWith(root)).toBe(true);
    expect(await createFileSystemSerdes(base).deserialize(record(relative(process.cwd(), file)), context)).toBe(1);
  });
});
