/** What is wrong with notification preferences, before the console is asked. Pure; the console judges by the same rules. */
import type { NotifyPreferences } from "../api/types";

export interface NotifyFaults {
  digest?: true;
  zone?: true;
  days?: true;
  times?: true;
}

const isTime = (text: string) => /^([01]\d|2[0-3]):[0-5]\d$/.test(text);

/** Whether this browser's list of zones has it; where there is no list, the console says. */
function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

export function notifyFaults({ digest, quiet }: NotifyPreferences): NotifyFaults {
  return {
    ...(Number.isInteger(digest) && digest >= 5 && digest <= 480 ? {} : { digest: true as const }),
    ...(isZone(quiet.zone) ? {} : { zone: true as const }),
    ...(quiet.enabled && quiet.days.length === 0 ? { days: true as const } : {}),
    ...(isTime(quiet.from) && isTime(quiet.to) && quiet.from !== quiet.to ? {} : { times: true as const }),
  };
}

/** The zone this machine is in. */
export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Quiet hours switched on for the first time are kept by this machine's clock. */
export function withQuiet(preferences: NotifyPreferences, enabled: boolean): NotifyPreferences {
  const { quiet } = preferences;
  const zone = enabled && quiet.zone === "UTC" ? ownZone() : quiet.zone;
  return { ...preferences, quiet: { ...quiet, enabled, zone } };
}
