/** Why nothing can be changed here now, and who can. */
import { Alert } from "@mui/material";
import { asApiError } from "../api/problem";
import { Failure } from "../shell/Failure";
import { roleWords } from "../shell/words";
import { useConsoleState } from "../state/console";
import { Lock } from "./Lock";
import { t } from "./texts";
import type { Access } from "./usePolicy";

export function ReadOnly({ access }: { access: Access }) {
  if (access.why === null || access.why === "unknown") return null;
  const who = access.who.length === 0 ? t("nobody") : access.who.map(roleWords).join(", ");
  return (
    <Alert severity="info" icon={<Lock />} data-testid="read-only">
      {access.why === "offline" ? t("read_only_offline") : t("read_only_role", { role: roleWords(access.role), who })}
    </Alert>
  );
}

/** Who may read the policies of others. */
const READERS = ["approver", "oncall", "auditor", "admin"];

interface Props {
  error: unknown;
  onRetry: () => void;
  /** One's own can be read all the same. */
  mine?: boolean;
  /** Roles that may read it. */
  roles?: string[];
}

/** A part of the screen that could not be read: not for this person, not without a connection, or a fault. */
export function NotRead({ error, onRetry, mine, roles = READERS }: Props) {
  const user = useConsoleState().data?.user;
  const { code } = asApiError(error);
  if (code === "forbidden")
    return (
      <Alert severity="info" data-testid="no-permission">
        {t("no_permission", { who: roles.map(roleWords).join(", ") })}
        {mine === true && user && (
          <>
            {" "}
            <a href={`#/policy?scope=${encodeURIComponent(user)}`}>{t("see_own")}</a>
          </>
        )}
      </Alert>
    );
  if (code === "unavailable" || code === "unreachable")
    return (
      <Alert severity="info" data-testid="offline-nothing">
        {t("offline_nothing")}{" "}
        <button type="button" onClick={onRetry}>
          {t("retry")}
        </button>
      </Alert>
    );
  return <Failure error={error} onRetry={onRetry} />;
}
