/**
 * Wall clocks of time zones, with the browser's own tables. Instants are UTC microseconds. Pure.
 */
import { language } from "../words/words";

/** The zone of this machine. */
export const ownZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Zones that can be named. */
export const zones = (): string[] => Intl.supportedValuesOf("timeZone");

function knows(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone }).format(0);
    return true;
  } catch {
    return false;
  }
}

/** Weekday, date and time by a zone's wall clock; a zone that this browser does not know is read as UTC. */
export function inZone(at: number, zone: string): string {
  const timeZone = knows(zone) ? zone : "UTC";
  return new Intl.DateTimeFormat(language(), { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone }).format(at / 1000);
}

/** The zone's abbreviation or offset at an instant, such as `CET` or `GMT+1`. */
export function zoneName(at: number, zone: string): string {
  const timeZone = knows(zone) ? zone : "UTC";
  const parts = new Intl.DateTimeFormat(language(), { timeZone, timeZoneName: "short" }).formatToParts(at / 1000);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? zone;
}

/** Minutes that a zone is ahead of UTC at an instant. */
export function offset(at: number, zone: string): number {
  const timeZone = knows(zone) ? zone : "UTC";
  const ms = Math.floor(at / 60_000_000) * 60_000;
  const parts = new Intl.DateTimeFormat("en", { timeZone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" }).formatToParts(ms);
  const part = (type: string) => Number(parts.find((found) => found.type === type)?.value ?? 0);
  return (Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute")) - ms) / 60_000;
}

/** Minutes by which the clock is put on (or back, below zero) within a span. */
export function clockChange(from: number, to: number, zone: string): number {
  return offset(to - 1, zone) - offset(from, zone);
}

/** What `datetime-local` wants: a wall clock reading of this machine. */
export function localOf(at: number): string {
  const date = new Date(at / 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** The instant of a `datetime-local` reading of this machine; null when there is none. */
export function instantOf(local: string): number | null {
  const at = local === "" ? Number.NaN : new Date(local).getTime();
  return Number.isFinite(at) ? at * 1000 : null;
}
