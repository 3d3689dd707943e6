import type { Serdes } from '@middy-durable/core';

const MARK = '@middy-durable/unrecorded';

/** A serdes that also notes something beside the value: that it is still to be recorded elsewhere. */
export interface MarkingSerdes<T> {
  serdes: Serdes<T>;
  marked: { set(): void; isSet(): boolean };
}

/** Once set, or read with it, the mark stays. Values without a mark are written as `inner` writes them. */
export function markingSerdes<T>(inner: Serdes<T>): MarkingSerdes<T> {
  let isSet = false;
  return {
    serdes: {
      async serialize(value, context) {
        const text = await inner.serialize(value, context);
        return isSet ? JSON.stringify({ [MARK]: text ?? null }) : text;
      },
      async deserialize(data, context) {
        if (!data?.startsWith(`{"${MARK}":`)) return inner.deserialize(data, context);
        isSet = true;
        const { [MARK]: text } = JSON.parse(data) as { [MARK]: string | null };
        return inner.deserialize(text ?? undefined, context);
      },
    },
    marked: {
      set: () => {
        isSet = true;
      },
      isSet: () => isSet,
    },
  };
}
