/** Why something was refused: in the reader's language, and with what the server says about the value, which is English. */
import { asApiError, explain } from "../api/problem";
import { t } from "./texts";

export function Refused({ error }: { error: unknown }) {
  const { code, message } = asApiError(error);
  const words = explain(code, message);
  if (code !== "invalid" || words === message) return words;
  return (
    <>
      {words} {t("server_says")} <q lang="en">{message}</q>
    </>
  );
}
