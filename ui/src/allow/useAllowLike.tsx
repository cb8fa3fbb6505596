/** "Always allow like this…" at a request: who is offered it, and the dialog, which is loaded when it is first opened. */
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { httpOver, need } from "../api/client";
import { levelOf, rank, type ApprovalView, type ConsoleState } from "../api/types";
import { t } from "../decide/texts";
import { useParts } from "../state/console";
import { useCommands } from "../state/keys";

const AllowDialog = lazy(() => import("./AllowDialog"));

/** Whether a role may change policies, by the matrix that the guardrails come to. */
function edits(matrix: string, role: string): boolean {
  const line = matrix.split("\n").find((text) => text.startsWith("edit_policy: "));
  return (line ?? "").split(" ").slice(1).includes(role);
}

/** Never for high or critical risk, nor for what a person rejected, nor without a connection. */
function useOffered(view: ApprovalView, console: ConsoleState | undefined): boolean {
  const { client } = useParts();
  const fits = rank(levelOf(view.level)) < rank("high") && view.status !== "rejected" && console?.online === true;
  const rules = useQuery({
    queryKey: ["policy", "rights-matrix"],
    queryFn: async () => (await need(httpOver(client.transport).GET("/api/governance/guardrails"))).matrix ?? "",
    enabled: fits,
    staleTime: 300_000,
    retry: false,
  });
  return fits && edits(rules.data ?? "", console?.role ?? "");
}

export function useAllowLike(view: ApprovalView, console: ConsoleState | undefined): { begin: (() => void) | null; dialog: ReactNode } {
  const [open, setOpen] = useState<string | null>(null);
  const offered = useOffered(view, console);
  const begin = () => setOpen(view.id);
  useCommands(offered ? [{ words: t("more_allow"), run: begin }] : []);
  return {
    begin: offered ? begin : null,
    dialog: open === view.id && (
      <Suspense fallback={null}>
        <AllowDialog view={view} onClose={() => setOpen(null)} />
      </Suspense>
    ),
  };
}
