/** What agents may repeat without a person, until when, and taking it back. */
import { Button } from "@mui/material";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { asApiError, explain } from "../api/problem";
import { Failure, Waiting } from "../shell/Failure";
import { timeLeft } from "../state/clock";
import { APPROVALS, useParts } from "../state/console";
import { VisibleText } from "../text/VisibleText";
import styles from "./queue.module.css";

const GRANTS = [...APPROVALS, "grants"] as const;

export function Repeats({ now }: { now: number }) {
  const { client } = useParts();
  const cache = useQueryClient();
  const grants = useQuery({ queryKey: GRANTS, queryFn: () => client.grants() });
  const revoke = useMutation({
    mutationFn: (id: string) => client.revokeGrant(id),
    onSettled: () => cache.invalidateQueries({ queryKey: GRANTS }),
  });
  if (grants.isPending) return <Waiting rows={3} />;
  if (grants.isError) return <Failure error={grants.error} onRetry={() => void grants.refetch()} />;
  const live = grants.data.filter((grant) => grant.expires_at / 1000 > now);
  const problem = revoke.error ? asApiError(revoke.error) : null;
  if (live.length === 0) return <p className={styles.empty}>Nothing may be repeated without a person.</p>;
  return (
    <div className={styles.scroller}>
      {problem && <p role="alert">{explain(problem.code, problem.message)}</p>}
      <ul className={styles.repeats} aria-label="What may be repeated">
        {live.map((grant) => (
          <li key={grant.id} data-testid="grant">
            <span>
              <VisibleText text={grant.covers} />
            </span>
            <span className={styles.meta}>
              {`${grant.agent ?? "own gate"} for ${grant.user} · ${grant.uses} of ${grant.max_uses} used · ${timeLeft(grant.expires_at / 1000 - now)} left · by ${grant.given_by}`}
            </span>
            <Button size="small" color="error" disabled={revoke.isPending} onClick={() => revoke.mutate(grant.id)}>
              Take back
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}
