/** Whether a JSON value has at most so many objects and arrays inside one another. Never recurses: it may be deep. */
export function isWithinDepth(value: unknown, maxDepth: number): boolean {
  let level: readonly object[] = objectsIn([value]);
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth >= maxDepth) return false;
    level = level.flatMap((one) => objectsIn(Object.values(one)));
  }
  return true;
}

function objectsIn(values: readonly unknown[]): readonly object[] {
  return values.filter((value) => typeof value === "object" && value !== null);
}
