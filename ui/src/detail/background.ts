/** What came before a request, read from the server; and what this device knows of it by itself. */
import { useQuery } from "@tanstack/react-query";
import { httpOver, need } from "../api/client";
import type { components } from "../api/schema.gen";
import type { ApprovalView } from "../api/types";
import { useConsoleState, useParts } from "../state/console";

type Schemas = components["schemas"];
export type Background = Schemas["BackgroundView"];
export type Step = Schemas["RunStepView"];

/** One question for all parts that show some of it. */
export function useBackground(view: ApprovalView) {
  const { client } = useParts();
  const online = useConsoleState().data?.online === true;
  const found = useQuery({
    queryKey: ["background", view.id],
    queryFn: () => need(httpOver(client.transport).GET("/api/governance/approvals/{id}/background", { params: { path: { id: view.id } } })),
    enabled: online,
  });
  return { online, found };
}

/** As the material names it; what is shown of a step is the server's title, so no digest is checked here. */
function sessionOf({ material }: ApprovalView): string | undefined {
  const { session_id: session } = (material ?? {}) as { session_id?: unknown };
  return typeof session === "string" ? session : undefined;
}

/** The earlier requests of the same session among those that are known here, newest first: not what ran without asking. */
export function knownSteps(view: ApprovalView, known: readonly ApprovalView[]): Step[] {
  const session = sessionOf(view);
  if (session === undefined) return [];
  const before = (other: ApprovalView) => other.id !== view.id && other.created_at < view.created_at && other.agent === view.agent && other.requester === view.requester;
  return known
    .filter((other) => before(other) && sessionOf(other) === session)
    .toSorted((a, b) => b.created_at - a.created_at)
    .map((other) => ({
      action_id: other.action_id,
      approval_id: other.id,
      at: other.created_at,
      title: other.title,
      verdict: "APPROVAL",
      rule: other.rule,
      level: other.level,
      status: other.status,
      rolled_back: false,
    }));
}
