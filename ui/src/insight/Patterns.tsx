/** The fills of the charts: a pattern for each tone, so that no series is told apart by colour alone. */
import { TONES, patternId } from "./tones";
import type { Tone } from "./table";

export function Patterns({ id, only }: { id: string; only?: Tone }) {
  return (
    <defs>
      {(Object.keys(TONES) as Tone[])
        .filter((tone) => only === undefined || tone === only)
        .map((tone) => (
          <pattern key={tone} id={patternId(id, tone)} width="8" height="8" patternUnits="userSpaceOnUse">
            <rect width="8" height="8" fill={TONES[tone].soft} />
            <path d={TONES[tone].path} stroke={TONES[tone].colour} strokeWidth={tone === "accent" ? 3 : 1.6} strokeLinecap="round" fill="none" />
          </pattern>
        ))}
    </defs>
  );
}
