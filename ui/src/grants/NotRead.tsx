/** A list that could not be read: not for this person, or a fault. */
import { Alert } from "@mui/material";
import { asApiError } from "../api/problem";
import { Failure } from "../shell/Failure";
import { t } from "./texts";

export function NotRead({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  if (asApiError(error).code !== "forbidden") return <Failure error={error} onRetry={onRetry} />;
  return (
    <Alert severity="info" data-testid="no-permission">
      {t("forbidden")} {t("forbidden_who")}
    </Alert>
  );
}
