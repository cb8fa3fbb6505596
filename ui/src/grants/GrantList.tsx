/** Grants: what may be repeated, by whom, how often still, and until when. */
import { Alert, Button } from "@mui/material";
import { useMemo, useState } from "react";
import { levelOf, type GrantRevoke, type GrantView } from "../api/types";
import { Waiting } from "../shell/Failure";
import { LevelMark } from "../shell/LevelMark";
import { ruleWords } from "../shell/words";
import { fullTime, timeLeft } from "../state/clock";
import { useNow } from "../state/console";
import { goToSheet } from "../state/route";
import { VisibleText } from "../text/VisibleText";
import { ConfirmDialog } from "./ConfirmDialog";
import styles from "./grants.module.css";
import { NotRead } from "./NotRead";
import { inOrder, standingOf } from "./standing";
import { t } from "./texts";
import { Order, Uses } from "./GrantParts";
import { useCanRevoke, useGrants, useRevoke, useRevokes } from "./useGrants";
import { inWords } from "../words/server";

const REACHES = ["same_action", "same_command", "same_rule"] as const;

/** `bare`: beside other things, where there is no room for searching. */
export function GrantList({ query, online, bare = false }: { query: string; online: boolean; bare?: boolean }) {
  const asked = new URLSearchParams(query);
  const all = asked.get("show") === "all";
  const find = asked.get("q") ?? "";
  const found = useGrants(!all);
  const now = useNow(1000);
  const [ending, setEnding] = useState<GrantView | null>(null);
  const [told, setTold] = useState("");
  const can = useCanRevoke(online);
  const revokes = useRevokes();
  const revoke = useRevoke((revoked) => {
    setEnding(null);
    setTold(t(revoked.state === "queued" ? "revoke_queued" : "revoked_ok"));
  });
  const go = (name: string, value: string) => {
    const next = new URLSearchParams(query);
    if (value === "") next.delete(name);
    else next.set(name, value);
    goToSheet("grants", "", next.toString());
  };
  const shown = useMemo(() => (found.data ?? []).filter((grant) => matches(grant, find)), [found.data, find]);
  return (
    <>
      <p className={styles.hint}>{t("grants_intro")}</p>
      {!bare && (
        <div role="search" className={styles.search}>
          <select aria-label={t("show")} value={all ? "all" : ""} onChange={(event) => go("show", event.target.value)}>
            <option value="">{t("show_live")}</option>
            <option value="all">{t("show_all")}</option>
          </select>
          <input type="search" aria-label={t("find")} placeholder={t("find")} value={find} onChange={(event) => go("q", event.target.value)} />
        </div>
      )}
      {!online && <Alert severity="warning">{t(can ? "revoke_kept" : "revoke_offline")}</Alert>}
      <p role="status" className={styles.told}>
        {told}
      </p>
      {found.isPending && <Waiting rows={4} />}
      {found.isError && <NotRead error={found.error} onRetry={() => void found.refetch()} />}
      {found.isSuccess && shown.length === 0 && (
        <div className={styles.empty}>
          <p>{find === "" ? t("no_live") : t("no_match")}</p>
          {find === "" && <p className={styles.hint}>{t("no_live_next")}</p>}
        </div>
      )}
      <ul className={styles.list} aria-label={t("grants")}>
        {inOrder(shown, now).map((grant) => (
          <Grant key={grant.id} grant={grant} now={now} can={can} order={revokes.get(grant.id)} onRevoke={() => setEnding(grant)} />
        ))}
      </ul>
      {ending && (
        <ConfirmDialog
          title={t("revoke_title")}
          what={t(online ? "revoke_what" : "revoke_later")}
          act={t("revoke")}
          busy={revoke.isPending}
          error={revoke.error}
          onClose={() => {
            revoke.reset();
            setEnding(null);
          }}
          onConfirm={() => revoke.mutate(ending.id)}
        >
          <p className={styles.what}>
            <VisibleText text={inWords(ending.words, ending.covers)} />
          </p>
        </ConfirmDialog>
      )}
    </>
  );
}

interface GrantProps {
  grant: GrantView;
  now: number;
  can: boolean;
  /** Its taking back, where that waits or was refused. */
  order: GrantRevoke | undefined;
  onRevoke: () => void;
}

function Grant({ grant, now, can, order, onRevoke }: GrantProps) {
  const standing = standingOf(grant, now);
  const live = standing === "live";
  const waits = order?.state === "unsent" || order?.state === "sending";
  const [usesOpen, setUsesOpen] = useState(false);
  const reach = REACHES.find((known) => known === grant.reach);
  const whose = grant.agent == null ? t("own_gate", { user: grant.user }) : t("of", { agent: grant.agent, user: grant.user });
  return (
    <li className={styles.row} data-standing={standing} data-testid="grant">
      <div className={styles.main}>
        <p className={styles.what}>
          <VisibleText text={inWords(grant.words, grant.covers)} />
        </p>
        <p className={styles.meta}>
          <VisibleText ours text={whose} />
          <span>{reach ? t(reach) : grant.reach}</span>
          <span>
            {t("highest")} <LevelMark level={levelOf(grant.level)} />
          </span>
          <VisibleText text={ruleWords(grant.rule)} />
        </p>
        <p className={styles.meta}>
          <VisibleText text={t("given", { by: grant.given_by, at: fullTime(grant.created_at) })} />
          {grant.uses > 0 && (
            <button type="button" className={styles.link} aria-expanded={usesOpen} onClick={() => setUsesOpen(!usesOpen)}>
              {t("show_uses", { count: grant.uses })}
            </button>
          )}
          <a href={`#/approvals/${encodeURIComponent(grant.approval_id)}`}>{t("origin")}</a>
        </p>
        {usesOpen && <Uses id={grant.id} />}
      </div>
      <div className={styles.side}>
        <span className={styles.standing}>{t(standing)}</span>
        <Left grant={grant} now={now} />
        {live && order && <Order order={order} />}
        {live && !waits && (
          <Button
            size="small"
            color="error"
            variant="outlined"
            disabled={!can}
            aria-label={t("revoke_of", { what: inWords(grant.words, grant.covers) })}
            aria-keyshortcuts="Delete"
            onClick={onRevoke}
            onKeyDown={(event) => event.key === "Delete" && onRevoke()}
          >
            {t("revoke")}
          </Button>
        )}
      </div>
    </li>
  );
}

function Left({ grant, now }: { grant: GrantView; now: number }) {
  const standing = standingOf(grant, now);
  const at = grant.revoked_at;
  if (standing === "live") {
    return (
      <>
        <span>{t("uses", { count: grant.max_uses - grant.uses, max: grant.max_uses })}</span>
        <span title={fullTime(grant.expires_at)}>{t("left", { time: timeLeft(grant.expires_at / 1000 - now) })}</span>
        <progress max={grant.max_uses} value={grant.max_uses - grant.uses} aria-label={t("uses", { count: grant.max_uses - grant.uses, max: grant.max_uses })} />
      </>
    );
  }
  return (
    <>
      <span>{t("used", { uses: grant.uses, max: grant.max_uses })}</span>
      <span>{at == null ? t("until", { at: fullTime(grant.expires_at) }) : t("taken_back", { at: fullTime(at) })}</span>
    </>
  );
}

function matches(grant: GrantView, find: string): boolean {
  const sought = find.trim().toLowerCase();
  return [grant.agent ?? "", grant.user, inWords(grant.words, grant.covers), grant.given_by, ruleWords(grant.rule)].some((text) => text.toLowerCase().includes(sought));
}
