/** The record as files: what the server writes, and what each kind holds. */
import { httpOver, need } from "../api/client";
import { ApiError } from "../api/problem";
import type { Transport } from "../api/transport";
import { asQuery, readFilters } from "./filters";

export const FORMATS = ["bundle", "csv", "jsonl", "ocsf", "cloudevents", "html", "pdf"] as const;
export type Format = (typeof FORMATS)[number];

/** What the filters do to a file: the bundle proves a whole record, and a report covers a period. */
export function narrows(format: Format): "all" | "period" | "filters" {
  if (format === "bundle") return "all";
  return format === "html" || format === "pdf" ? "period" : "filters";
}

const ENDINGS: Record<Format, string> = { bundle: "navi.jsonl", csv: "csv", jsonl: "jsonl", ocsf: "ocsf.jsonl", cloudevents: "cloudevents.jsonl", html: "html", pdf: "pdf" };

/** Asks for a file. Everything it takes is recorded by the server as an export. */
export async function fetchFile(transport: Transport, format: Format, query: string): Promise<{ name: string; content: Blob }> {
  const http = httpOver(transport);
  const filters = asQuery(readFilters(query));
  const { from, to } = filters;
  const period = { ...(from == null ? {} : { from }), ...(to == null ? {} : { to }) };
  const ask = async () => {
    if (format === "bundle") {
      const { org } = await need(http.GET("/api/governance/session"));
      return http.GET("/api/governance/ledger/{org}/bundle", { params: { path: { org } }, parseAs: "blob" });
    }
    if (format === "html" || format === "pdf") return http.GET("/api/governance/audit/report", { params: { query: { format, ...period } }, parseAs: "blob" });
    return http.GET("/api/governance/audit/export", { params: { query: { ...filters, format } }, parseAs: "blob" });
  };
  const { data, error, response } = await ask();
  if (data === undefined || !response.ok) throw ApiError.from(error, response.status);
  return { name: `record.${ENDINGS[format]}`, content: data as Blob };
}
