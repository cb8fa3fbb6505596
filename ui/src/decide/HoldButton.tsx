/** Approves when it was held for two seconds. */
import type { ReactNode } from "react";
import { Hold } from "./Hold";

export const HOLD_MS = 2000;

interface Props {
  disabled: boolean;
  onHeld: () => void;
  children: ReactNode;
}

export const HoldButton = ({ disabled, onHeld, children }: Props) => (
  <Hold ms={HOLD_MS} testId="confirm-approve" disabled={disabled} onHeld={onHeld}>
    {children}
  </Hold>
);
