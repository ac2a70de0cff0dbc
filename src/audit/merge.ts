/** What comes from several sources at once: the earliest first, each source in its own order. */
export async function* merge<T>(
  sources: readonly AsyncIterable<T>[],
  timeOf: (one: T) => string,
): AsyncGenerator<T> {
  const ways = sources.map((source) => source[Symbol.asyncIterator]());
  try {
    let heads = await Promise.all(ways.map(headOf));
    for (;;) {
      heads = heads.filter(({ result }) => result.done !== true);
      const [first, ...others] = heads;
      if (first === undefined) return;
      const earliest = others.reduce((a, b) => (isBefore(b, a) ? b : a), first);
      if (earliest.result.done !== true) yield earliest.result.value;
      const next = await headOf(earliest.way);
      heads = heads.map((head) => (head === earliest ? next : head));
    }
  } finally {
    // Who stops in the middle leaves no file open.
    for (const way of ways) await way.return?.();
  }

  interface Head {
    readonly way: AsyncIterator<T>;
    readonly result: IteratorResult<T, unknown>;
  }

  async function headOf(way: AsyncIterator<T>): Promise<Head> {
    return { way, result: await way.next() };
  }

  function isBefore(a: Head, b: Head): boolean {
    if (a.result.done === true || b.result.done === true) return false;
    return timeOf(a.result.value) < timeOf(b.result.value);
  }
}
