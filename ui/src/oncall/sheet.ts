/** The handover sheet as sections of rows, for the screen and for a file. Pure but for the words. */
import type { BypassView } from "../api/types";
import { standingOf } from "../emergency/bypass";
import { coverWords } from "../emergency/texts.bypass";
import { scopeWords } from "../emergency/useStops";
import { fullTime, leftOf, timeLeft } from "../state/clock";
import { t } from "./texts";
import type { HandoverView, ScheduleView } from "./useOncall";
import { inZone } from "./zone";
import { sourceWords } from "../policy/lines";
import { inWords, titleIn } from "../words/server";

/** One line of a section: what it is, and what is to be known about it. */
export interface Row {
  id: string;
  head: string;
  facts: string[];
  href?: string;
  level?: string;
}

export interface Section {
  key: string;
  title: string;
  rows: Row[];
  empty: string;
}

export function sections(sheet: HandoverView): Section[] {
  return [
    { key: "schedules", title: t("on_now"), rows: sheet.schedules.map(onCall), empty: t("none") },
    { key: "pending", title: t("pending"), rows: sheet.pending.map((item) => pending(item, sheet.at)), empty: t("no_pending") },
    { key: "freezes", title: t("freezes"), rows: sheet.freezes.map(freeze), empty: t("no_freezes") },
    { key: "bypasses", title: t("bypasses"), rows: sheet.bypasses.map((view) => bypass(view, sheet.at)), empty: t("no_bypasses") },
    { key: "envelopes", title: t("envelopes"), rows: (sheet.envelopes ?? []).map(envelope), empty: t("no_envelopes") },
    { key: "grants", title: t("grants"), rows: sheet.grants.map(grant), empty: t("no_grants") },
    { key: "proposals", title: t("proposals"), rows: sheet.proposals.map(proposal), empty: t("no_proposals") },
    { key: "late", title: t("late_title"), rows: sheet.late === 0 ? [] : [{ id: "late", head: t("late", { count: sheet.late }), facts: [] }], empty: t("late_none") },
  ];
}

function onCall(schedule: ScheduleView): Row {
  const { id, name, zone, now, next } = schedule;
  const facts = [name, ...(now ? [t("until", { at: inZone(now.to, zone) })] : []), ...(next ? [`${t("on_next")}: ${next.user}, ${t("from", { at: inZone(next.from, zone) })}`] : []), zone];
  return { id, head: now?.user ?? t("nobody"), facts };
}

function pending(item: HandoverView["pending"][number], at: number): Row {
  const whose = item.agent == null ? item.requester : t("by_of", { agent: item.agent, user: item.requester });
  const time = item.paused_since == null ? t("left", { time: timeLeft(leftOf(item, at / 1000)) }) : t("still", { at: fullTime(item.paused_since) });
  const facts = [whose, time, t("votes", { votes: item.votes, quorum: item.quorum }), item.claimed_by == null ? t("unclaimed") : t("claimed", { user: item.claimed_by }), t("alerts", { count: item.alerts })];
  return { id: item.id, head: titleIn(item.words, item.title), facts, href: `#/approvals/${item.id}`, level: item.level };
}

function freeze(view: HandoverView["freezes"][number]): Row {
  const open = view.stops.filter((stop) => stop.confirmed_at == null).length;
  const facts = [t("freeze_by", { user: view.by, at: fullTime(view.at), reason: view.reason }), ...(open > 0 ? [t("freeze_open", { count: open })] : [])];
  return { id: view.id, head: scopeWords(view), facts, href: "#/emergency" };
}

function bypass(view: BypassView, at: number): Row {
  const standing = standingOf(view, at / 1000);
  const due = view.review_due_at;
  const words = {
    asked: t("bypass_asked"),
    active: t("bypass_active", { at: fullTime(view.ends_at ?? at) }),
    ended: due == null ? "" : t(view.overdue ? "bypass_overdue" : "bypass_review", { at: fullTime(due) }),
    reviewed: "",
    lapsed: "",
  }[standing];
  const said = t("bypass_by", { user: view.by, incident: view.incident, reason: view.reason });
  return { id: view.id, head: coverWords(view), facts: [words, said].filter((fact) => fact !== ""), href: standing === "ended" ? "#/emergency/reviews" : "#/emergency/bypass" };
}

function envelope(view: NonNullable<HandoverView["envelopes"]>[number]): Row {
  const head = view.scope === "agent" ? t("envelope_agent", { name: view.name }) : t("envelope_repo", { name: view.name });
  return { id: view.id, head, facts: [t("envelope_is", { minutes: view.minutes, gate: view.gate_name, user: view.holder, at: fullTime(view.not_after) })] };
}

function grant(view: HandoverView["grants"][number]): Row {
  const whose = view.agent == null ? view.user : t("by_of", { agent: view.agent, user: view.user });
  return { id: view.id, head: inWords(view.words, view.covers), facts: [whose, t("uses", { uses: view.uses, max: view.max_uses, at: fullTime(view.expires_at) })], href: "#/grants" };
}

function proposal(view: HandoverView["proposals"][number]): Row {
  return { id: view.id, head: sourceWords(view.about), facts: [view.proposed_by, fullTime(view.created_at)], href: "#/policy" };
}

/** Characters that Markdown would read are kept as text. */
const plain = (text: string) => text.replaceAll(/[\\`*_[\]<>#|]/g, (sign) => `\\${sign}`).replaceAll(/\s+/g, " ");

/** The sheet as Markdown. */
export function asText(sheet: HandoverView): string {
  const lines = [`# ${t("handover")}`, "", t("sheet_at", { at: fullTime(sheet.at) }), ""];
  for (const { title, rows, empty } of sections(sheet)) {
    lines.push(`## ${title}`, "");
    if (rows.length === 0) lines.push(empty);
    for (const { head, facts, level } of rows) {
      const grave = level == null ? "" : `[${level}] `;
      lines.push(`- ${plain(grave + head)}${facts.length > 0 ? ` – ${plain(facts.join(" · "))}` : ""}`);
    }
    lines.push("");
  }
  return `${lines.join("\n").trimEnd()}\n`;
}
