/** A list of foreign texts. */
import { VisibleText } from "../../text/VisibleText";
import styles from "./reach.module.css";

export function Items({ items }: { items: string[] }) {
  return (
    <ul className={styles.items}>
      {items.map((item, i) => (
        // Items of one request never move, and may be alike.
        // oxlint-disable-next-line no-array-index-key
        <li key={i}>
          <VisibleText text={item} />
        </li>
      ))}
    </ul>
  );
}
