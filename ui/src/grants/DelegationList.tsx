/** Delegations: who votes for whom, and until when. */
import { Alert, Button } from "@mui/material";
import { useState } from "react";
import { Waiting } from "../shell/Failure";
import { fullTime } from "../state/clock";
import { useNow } from "../state/console";
import { goToSheet } from "../state/route";
import { VisibleText } from "../text/VisibleText";
import { Say } from "../words/Say";
import { ConfirmDialog } from "./ConfirmDialog";
import { DelegateDialog } from "./DelegateDialog";
import styles from "./grants.module.css";
import { NotRead } from "./NotRead";
import { delegationStanding, type DelegationView } from "./standing";
import { t } from "./texts";
import { useDelegations, useEnd } from "./useGrants";

const VIEWS = ["all", "by_me", "to_me"] as const;

export function DelegationList({ query, user, role, online }: { query: string; user: string; role: string; online: boolean }) {
  const view = VIEWS.find((name) => name === new URLSearchParams(query).get("of")) ?? "all";
  const found = useDelegations();
  const now = useNow(15_000);
  const [making, setMaking] = useState(false);
  const [ending, setEnding] = useState<DelegationView | null>(null);
  const [told, setTold] = useState("");
  const end = useEnd(() => {
    setEnding(null);
    setTold(t("ended"));
  });
  const shown = (found.data ?? []).filter((d) => view === "all" || (view === "by_me" ? d.from : d.to) === user);
  const votes = ["approver", "oncall", "admin"].includes(role);
  return (
    <>
      <p className={styles.hint}>{t("del_intro")}</p>
      <div role="search" className={styles.search}>
        <select aria-label={t("show")} value={view} onChange={(event) => goToSheet("grants", "delegations", event.target.value === "all" ? "" : `of=${event.target.value}`)}>
          {VIEWS.map((name) => (
            <option key={name} value={name}>
              {t(name)}
            </option>
          ))}
        </select>
        <Button size="small" variant="contained" disabled={!online || !votes} onClick={() => setMaking(true)} data-testid="delegate">
          {t("make")}
        </Button>
        {!votes && <span className={styles.hint}>{t("only_voters")}</span>}
      </div>
      {!online && <Alert severity="warning">{t("offline")}</Alert>}
      <p role="status" className={styles.told}>
        {told}
      </p>
      {found.isPending && <Waiting rows={3} />}
      {found.isError && <NotRead error={found.error} onRetry={() => void found.refetch()} />}
      {found.isSuccess && shown.length === 0 && (
        <div className={styles.empty}>
          <p>{t("no_delegation")}</p>
          <p className={styles.hint}>{t("no_delegation_next")}</p>
        </div>
      )}
      <ul className={styles.list} aria-label={t("delegations")}>
        {shown.map((d) => {
          const standing = delegationStanding(d, now);
          const mayEnd = (d.from === user || role === "admin") && (standing === "in_force" || standing === "ahead");
          return (
            <li key={d.id} className={styles.row} data-standing={standing} data-testid="delegation">
              <div className={styles.main}>
                <p className={styles.what}>
                  <Say text={t("from_to")} parts={{ from: <VisibleText text={d.from} />, to: <VisibleText text={d.to} /> }} />
                </p>
                <p className={styles.meta}>{t("dates", { from: fullTime(d.starts_at), to: fullTime(d.ends_at) })}</p>
                {d.reason !== "" && (
                  <p className={styles.meta}>
                    <VisibleText text={d.reason} />
                  </p>
                )}
              </div>
              <div className={styles.side}>
                <span className={styles.standing}>{t(standing)}</span>
                {mayEnd && (
                  <Button size="small" color="error" variant="outlined" disabled={!online} aria-label={t("end_of", { from: d.from, to: d.to })} onClick={() => setEnding(d)}>
                    {t("end")}
                  </Button>
                )}
              </div>
            </li>
          );
        })}
      </ul>
      {making && (
        <DelegateDialog
          user={user}
          onClose={(done) => {
            setMaking(false);
            if (done) setTold(t("made"));
          }}
        />
      )}
      {ending && (
        <ConfirmDialog
          title={t("end_title")}
          what={t("end_what", { from: ending.from })}
          act={t("end")}
          busy={end.isPending}
          error={end.error}
          onClose={() => {
            end.reset();
            setEnding(null);
          }}
          onConfirm={() => end.mutate(ending.id)}
        />
      )}
    </>
  );
}
