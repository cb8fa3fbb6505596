/** Which stretches of a part have been in view. Pure; places are parts of its height, 0 to 1. */
export type Stretch = readonly [from: number, to: number];

/** Adds one stretch; what touches within `slack` becomes one. */
export function cover(known: readonly Stretch[], seen: Stretch, slack: number): Stretch[] {
  const joined: [number, number][] = [];
  for (const [from, to] of [...known, seen].toSorted((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last && from <= last[1] + slack) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

/** Where the first stretch begins that was not in view; null: all of it was. */
export function firstGap(known: readonly Stretch[], slack: number): number | null {
  const [first] = known;
  if (!first || first[0] > slack) return 0;
  return first[1] >= 1 - slack ? null : first[1];
}
