/**
 * The one API client: typed by the generated schema, carried by a transport. Screens call this and nothing below it.
 */
import createClient from "openapi-fetch";
import { ApiError } from "./problem";
import type { paths } from "./schema.gen";
import type { Transport } from "./transport";
import type { ApprovalView, AuditEntry, GrantView } from "./types";

const PAGE = 500;
/** Twenty thousand requests; who has more waiting needs a freeze, not a list. */
const MOST_PAGES = 40;

export type Http = ReturnType<typeof httpOver>;

/** openapi-fetch over a transport. */
export function httpOver(transport: Pick<Transport, "baseUrl" | "fetch">) {
  return createClient<paths>({ baseUrl: transport.baseUrl, fetch: (request) => transport.fetch(request) });
}

/** The data of an answer, or its problem thrown. */
export async function need<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await answer;
  if (data === undefined || !response.ok) throw ApiError.from(error, response.status);
  return data;
}

export interface Client {
  readonly transport: Transport;
  /** Everything that waits, plus the newest ended ones. */
  approvals(): Promise<ApprovalView[]>;
  approval(id: string): Promise<ApprovalView>;
  comment(id: string, text: string): Promise<ApprovalView>;
  ask(id: string, text: string): Promise<ApprovalView>;
  claim(id: string, takeOver: boolean): Promise<ApprovalView>;
  release(id: string): Promise<ApprovalView>;
  extend(id: string, secs: number): Promise<ApprovalView>;
  /** Puts it off for this person, until an instant in microseconds. */
  snooze(id: string, until: number): Promise<ApprovalView>;
  wake(id: string): Promise<ApprovalView>;
  /** Tells the others that this person reads it, or no longer does. */
  reading(id: string, reads: boolean): Promise<void>;
  /** The approval that takes this one's place. */
  edit(id: string, command: string, reason: string): Promise<ApprovalView>;
  /** What agents may repeat now. */
  revokeGrant(id: string): Promise<GrantView>;
  /** A page of the record, newest first. */
  record(query: RecordQuery, cursor: string | null): Promise<{ items: AuditEntry[]; next_cursor?: string | null }>;
  /** The entry at an index; `null`: it is not kept, or there is none. */
  entry(index: number): Promise<AuditEntry | null>;
  /** The whole chain of one action, oldest first. */
  trail(actionId: string): Promise<AuditEntry[]>;
}

/** What the record is searched by. */
export type RecordQuery = NonNullable<paths["/api/governance/audit"]["get"]["parameters"]["query"]>;

export function createApi(transport: Transport): Client {
  const http = httpOver(transport);

  async function pending(): Promise<ApprovalView[]> {
    const all: ApprovalView[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const query = { status: "pending", limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
      // Pages follow each other's cursor, so they cannot be fetched side by side.
      // oxlint-disable-next-line no-await-in-loop
      const got = await need(http.GET("/api/governance/approvals", { params: { query } }));
      all.push(...got.items);
      if (!got.next_cursor) break;
      cursor = got.next_cursor;
    }
    return all;
  }

  async function recent(): Promise<ApprovalView[]> {
    const query = { status: "all", limit: PAGE };
    const got = await need(http.GET("/api/governance/approvals", { params: { query } }));
    return got.items.filter((a) => a.status !== "pending");
  }

  return {
    transport,
    async approvals() {
      const [waiting, ended] = await Promise.all([pending(), recent()]);
      return mergeApprovals(ended, waiting);
    },
    approval: (id) => need(http.GET("/api/governance/approvals/{id}", { params: { path: { id } } })),
    comment: (id, text) =>
      need(http.POST("/api/governance/approvals/{id}/comments", { params: { path: { id } }, body: { text } })),
    ask: (id, text) =>
      need(http.POST("/api/governance/approvals/{id}/questions", { params: { path: { id } }, body: { text } })),
    claim: (id, takeOver) =>
      need(http.POST("/api/governance/approvals/{id}/claim", { params: { path: { id } }, body: { take_over: takeOver } })),
    release: (id) => need(http.DELETE("/api/governance/approvals/{id}/claim", { params: { path: { id } } })),
    extend: (id, secs) =>
      need(http.POST("/api/governance/approvals/{id}/extend", { params: { path: { id } }, body: { secs } })),
    snooze: (id, until) =>
      need(http.POST("/api/governance/approvals/{id}/snooze", { params: { path: { id } }, body: { until } })),
    wake: (id) => need(http.DELETE("/api/governance/approvals/{id}/snooze", { params: { path: { id } } })),
    reading: async (id, reads) => {
      const params = { params: { path: { id } } };
      const path = "/api/governance/approvals/{id}/presence";
      await (reads ? http.PUT(path, params) : http.DELETE(path, params));
    },
    edit: (id, command, reason) =>
      need(http.POST("/api/governance/approvals/{id}/edit", { params: { path: { id } }, body: { command, reason } })),
    record: (query, cursor) =>
      need(
        http.GET("/api/governance/audit", {
          params: { query: { ...query, limit: 100, ...(cursor === null ? {} : { cursor }) } },
        }),
      ),
    entry: async (index) => {
      const found = await need(http.GET("/api/governance/audit", { params: { query: { index, limit: 1 } } }));
      return found.items.find((entry) => entry.index === index) ?? null;
    },
    trail: async (id) => {
      const found = await need(http.GET("/api/governance/audit/{action_id}", { params: { path: { action_id: id } } }));
      return found.entries;
    },
    revokeGrant: (id) => need(http.DELETE("/api/governance/grants/{id}", { params: { path: { id } } })),
  };
}

/** Joins two lists by id; of the same approval the higher version wins. */
export function mergeApprovals(known: ApprovalView[], news: ApprovalView[]): ApprovalView[] {
  const byId = new Map(known.map((a) => [a.id, a]));
  for (const a of news) {
    const old = byId.get(a.id);
    if (!old || old.version <= a.version) byId.set(a.id, a);
  }
  return [...byId.values()];
}
