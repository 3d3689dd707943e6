import { createClassSerdesWithDates as officialWithDates } from '@aws/durable-execution-sdk-js';
import { describe, expect, it } from '@jest/globals';
import { createClassSerdes, createClassSerdesWithDates } from './class-serdes.ts';

const context = { entityId: '1', durableExecutionArn: 'arn:example' };

class Order {
  total = 0;
  at?: Date;
  metadata: { at?: Date } = {};
  #paid = false;

  get free(): boolean {
    return this.total === 0;
  }
  pay(): void {
    this.#paid = true;
  }
  get paid(): boolean {
    return this.#paid;
  }
}

async function readDates(paths: string[], text: string): Promise<Order | undefined> {
  return createClassSerdesWithDates(Order, paths).deserialize(text, context);
}

describe('createClassSerdes', () => {
  it('gives an instance back', async () => {
    const serdes = createClassSerdes(Order);
    const order = new Order();
    order.total = 12;
    const text = await serdes.serialize(order, context);
    expect(text).toBe('{"total":12,"metadata":{}}');
    const read = await serdes.deserialize(text, context);
    expect(read).toBeInstanceOf(Order);
    expect(read?.free).toBe(false);
    read?.pay();
    expect(read?.paid).toBe(true);
  });

  it.each([
    [undefined, undefined],
    ['null', null],
  ])('makes no instance of %p', async (text, value) => {
    await expect(createClassSerdes(Order).deserialize(text, context)).resolves.toBe(value);
  });

  it('gives setters what was stored', async () => {
    class Celsius {
      kelvin = 0;
      set degrees(value: number) {
        this.kelvin = value + 273;
      }
    }
    expect((await createClassSerdes(Celsius).deserialize('{"degrees":7}', context))?.kelvin).toBe(280);
  });

  it('lets no payload exchange the prototype', async () => {
    const read = await createClassSerdes(Order).deserialize('{"__proto__":{"free":true},"total":1}', context);
    expect(Object.getPrototypeOf(read)).toBe(Order.prototype);
    expect(read?.free).toBe(false);
    expect(Object.hasOwn(read as object, '__proto__')).toBe(false);
  });

  it('says what is wrong', async () => {
    expect(() => createClassSerdes({} as never)).toThrow(
      new TypeError('createClassSerdes: the class must be a function; got {}'),
    );
    await expect(createClassSerdes(Order).deserialize('5', context)).rejects.toThrow(
      new TypeError('The payload holds 5, not the members of a Order'),
    );
    await expect(createClassSerdes(Order).deserialize('{', context)).rejects.toThrow(SyntaxError);
    class Strict {
      constructor(options: { id: number }) {
        if (!options) throw new Error('options are missing');
      }
    }
    await expect(createClassSerdes(Strict as never).deserialize('{}', context)).rejects.toThrow(
      'new Strict() failed: options are missing; let the constructor work without arguments, or write a serdes of your own',
    );
    const ring: { self?: unknown } = {};
    ring.self = ring;
    await expect(createClassSerdes(Object).serialize(ring, context)).rejects.toThrow(/circular/);
  });
});

describe('createClassSerdesWithDates', () => {
  it('gives dates back where they were', async () => {
    const order = Object.assign(new Order(), { at: new Date(5), metadata: { at: new Date(7) } });
    const serdes = createClassSerdesWithDates(Order, ['at', 'metadata.at']);
    const read = await serdes.deserialize(await serdes.serialize(order, context), context);
    expect(read).toBeInstanceOf(Order);
    expect(read).toEqual(order);
  });

  it.each<[unknown, unknown]>([
    ['2026-01-31T00:00:00.000Z', new Date('2026-01-31')],
    [1000, new Date(1000)],
    [0, new Date(0)],
    ['', ''],
    [null, null],
    [true, true],
    [{ year: 2026 }, { year: 2026 }],
    [['2026-01-31'], ['2026-01-31']],
  ])('of %p makes %p', async (stored, value) => {
    expect((await readDates(['at'], JSON.stringify({ at: stored })))?.at).toEqual(value);
  });

  it('makes an invalid date of a text that is none', async () => {
    expect(Number((await readDates(['at'], '{"at":"soon"}'))?.at)).toBeNaN();
  });

  it('follows indexes of arrays', async () => {
    const read = await readDates(['lines.1.at'], '{"lines":[{"at":1},{"at":2}]}');
    expect(read).toMatchObject({ lines: [{ at: 1 }, { at: new Date(2) }] });
  });

  it('#33: a path that leads nowhere converts nothing', async () => {
    const text = '{"at":"2026-01-31"}';
    expect((await readDates(['metadata.at', 'missing.at', 'at.at'], text))?.at).toBe('2026-01-31');
    // The official SDK converts the member of that name that it finds on the way.
    const official = await officialWithDates(Order, ['missing.at']).deserialize(text, context);
    expect(official?.at).toEqual(new Date('2026-01-31'));
  });

  it('never walks into a prototype', async () => {
    await readDates(['constructor.prototype.at', '__proto__.at', 'toString.name'], '{"at":5}');
    expect(Object.hasOwn(Order.prototype, 'at')).toBe(false);
    expect(Object.hasOwn(Object.prototype, 'at')).toBe(false);
    expect(Object.prototype.toString.name).toBe('toString');
  });

  it.each([[undefined], ['at'], [[1]]])('refuses %p as paths', (paths) => {
    expect(() => createClassSerdesWithDates(Order, paths as never)).toThrow(
      /^createClassSerdesWithDates: the paths must be an array of strings; got /,
    );
  });
});
