/** Acts when it was held for three seconds. */
import type { ReactNode } from "react";
import { Hold } from "../decide/Hold";

export const HOLD_MS = 3000;

interface Props {
  disabled: boolean;
  testId: string;
  onHeld: () => void;
  children: ReactNode;
}

export const HoldToAct = ({ disabled, testId, onHeld, children }: Props) => (
  <Hold ms={HOLD_MS} testId={testId} grave disabled={disabled} onHeld={onHeld}>
    {children}
  </Hold>
);
