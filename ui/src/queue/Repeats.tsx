/** What agents may repeat without a person: the grants, as their own screen has them. */
import { lazy, Suspense } from "react";
import { Waiting } from "../shell/Failure";
import { useConsoleState } from "../state/console";
import styles from "./queue.module.css";

const GrantList = lazy(() => import("../grants/GrantList").then((grants) => ({ default: grants.GrantList })));

export function Repeats() {
  const online = useConsoleState().data?.online === true;
  return (
    <div className={styles.scroller}>
      <div className={styles.repeats}>
        <Suspense fallback={<Waiting rows={3} />}>
          <GrantList query="" online={online} bare />
        </Suspense>
      </div>
    </div>
  );
}
