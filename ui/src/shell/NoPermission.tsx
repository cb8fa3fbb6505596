/** Not for this person, and who may see it. */
import { Alert } from "@mui/material";
import { t } from "./texts";
import { roleWords } from "./words";

export function NoPermission({ roles }: { roles: string[] }) {
  return (
    <Alert severity="info" data-testid="no-permission">
      {t("forbidden")} {t("forbidden_who", { who: roles.map(roleWords).join(", ") })}
    </Alert>
  );
}
