/** The record as files: what each kind holds, and how it is got: from the server, or on the desktop from what is kept there. */
import { httpOver, need, type RecordQuery } from "../api/client";
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

/** Whether it can leave names and payloads out. A bundle could not be verified then, and events would look like failures. */
export const canBeBare = (format: Format): boolean => !["bundle", "ocsf", "cloudevents"].includes(format);

const ENDINGS: Record<Format, string> = { bundle: "navi.jsonl", csv: "csv", jsonl: "jsonl", ocsf: "ocsf.jsonl", cloudevents: "cloudevents.jsonl", html: "html", pdf: "pdf" };

export const fileName = (format: Format, desktop: boolean): string => `record.${desktop && format === "bundle" ? "navi.zst" : ENDINGS[format]}`;

/** The filters that reach a file, as the audit API takes them. */
function reaching(format: Format, query: string): RecordQuery {
  const filters = asQuery(readFilters(query));
  const { from, to } = filters;
  if (narrows(format) === "filters") return filters;
  return narrows(format) === "all" ? {} : { ...(from == null ? {} : { from }), ...(to == null ? {} : { to }) };
}

/** The same as one text, for the desktop. */
export function asText(format: Format, query: string): string {
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(reaching(format, query))) out.set(name, String(value));
  return out.toString();
}

/** Asks for a file. Everything it takes is recorded by the server as an export. */
export async function fetchFile(transport: Transport, format: Format, query: string, bare: boolean): Promise<{ name: string; content: Blob }> {
  const http = httpOver(transport);
  const filters = reaching(format, query);
  const only = bare ? { bare } : {};
  const ask = async () => {
    if (format === "bundle") {
      const { org } = await need(http.GET("/api/governance/session"));
      return http.GET("/api/governance/ledger/{org}/bundle", { params: { path: { org } }, parseAs: "blob" });
    }
    if (format === "html" || format === "pdf") {
      const { from, to } = filters;
      const period = { ...(from == null ? {} : { from }), ...(to == null ? {} : { to }) };
      return http.GET("/api/governance/audit/report", { params: { query: { format, ...only, ...period } }, parseAs: "blob" });
    }
    return http.GET("/api/governance/audit/export", { params: { query: { ...filters, ...only, format } }, parseAs: "blob" });
  };
  const { data, error, response } = await ask();
  if (data === undefined || !response.ok) throw ApiError.from(error, response.status);
  return { name: fileName(format, false), content: data as Blob };
}
