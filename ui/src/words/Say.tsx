/** A sentence with elements in it: `<name/>` in the text stands for `parts.name`. */
import { Fragment, type ReactNode } from "react";

export function Say({ text, parts }: { text: string; parts: Record<string, ReactNode> }) {
  return text.split(/<(\w+)\/>/).map((piece, at) => {
    const drawn = at % 2 === 0 ? piece : (parts[piece] ?? piece);
    // The pieces of one sentence never change places.
    // oxlint-disable-next-line react/no-array-index-key
    return <Fragment key={at}>{drawn}</Fragment>;
  });
}
