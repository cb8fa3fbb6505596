import { type ReactNode, useEffect, useRef } from "react";

import styles from "./parts.module.css";

export interface PartLink {
  href: string;
  words: string;
  current: boolean;
  /** How many things wait there; none is not shown. */
  count?: number;
  /** What the number counts, for whoever cannot see where it stands. */
  counts?: string;
}

/** The parts of a screen, as links. The one that is shown says so, and is never out of sight. */
export function Parts({ label, parts }: { label: string; parts: PartLink[] }) {
  const tabs = useRef<HTMLElement>(null);
  const shown = parts.findIndex((part) => part.current);
  useEffect(() => {
    tabs.current?.children[shown]?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [shown]);
  return (
    <nav ref={tabs} className={styles.parts} aria-label={label}>
      {parts.map((part) => (
        <a key={part.href} href={part.href} aria-current={part.current ? "page" : undefined}>
          {part.words}
          <Count {...part} />
        </a>
      ))}
    </nav>
  );
}

function Count({ count = 0, counts }: PartLink): ReactNode {
  if (count === 0) return null;
  return (
    <span className={styles.count}>
      {count}
      {counts !== undefined && <span className="visually-hidden"> {counts}</span>}
    </span>
  );
}
