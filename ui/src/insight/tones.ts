/** Colour and pattern of each tone. The colours are tokens, so that every look has its own. */
import type { Tone } from "./table";

export interface Look {
  colour: string;
  soft: string;
  /** Lines or dots on a tile of 8. */
  path: string;
}

export const TONES: Record<Tone, Look> = {
  calm: { colour: "var(--navi-low)", soft: "var(--navi-low)", path: "" },
  ask: { colour: "var(--navi-medium)", soft: "var(--navi-medium-soft)", path: "M-2 2L2 -2M0 8L8 0M6 10L10 6" },
  stop: { colour: "var(--navi-critical)", soft: "var(--navi-critical-soft)", path: "M0 0L8 8M8 0L0 8" },
  grave: { colour: "var(--navi-high)", soft: "var(--navi-high-soft)", path: "M0 2H8M0 6H8" },
  plain: { colour: "var(--navi-muted)", soft: "var(--navi-sunken)", path: "M2 0V8M6 0V8" },
  accent: { colour: "var(--navi-accent)", soft: "var(--navi-accent-soft)", path: "M4 4h.1M0 0h.1M8 0h.1M0 8h.1M8 8h.1" },
};

export const patternId = (chart: string, tone: Tone): string => `${chart}-${tone}`;
