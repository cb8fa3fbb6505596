/**
 * What a transport must do: carry API requests, sign decisions, and tell what changed. `tauri.ts` and `web.ts` are the
 * two implementations; no screen knows which one it has, except by `kind`.
 */
import type {
  ApprovalView,
  ConsoleState,
  Draft,
  Enrollment,
  KeptWindow,
  OutboxItem,
  Outcome,
  RecordStatus,
  Step,
  Verification,
} from "./types";

export type Topic = "approvals" | "state" | "outbox";

/** Something changed behind the transport. */
export interface Change {
  topics: Topic[];
  /** The approval as it is now, when the transport already has it. */
  approval?: ApprovalView | null;
}

export type Stop = () => void;

/** The part of the record that lies on this machine. */
export interface KeptRecord {
  status(): Promise<RecordStatus>;
  keep(window: KeptWindow): Promise<RecordStatus>;
  /** Verifies the copy, or a file; `null` when it was ended. One at a time. */
  verify(file: { path: string; vkey?: string } | null, onStep: (step: Step) => void): Promise<Verification | null>;
  cancel(): Promise<void>;
  /** Writes a new file; without a path, into the downloads. */
  save(path: string | null): Promise<{ path: string; kept: number; size: number }>;
  /** Files dropped on the window. */
  onDrop(listener: (paths: string[]) => void): Stop;
}

export interface Machine {
  /** Whether the console starts with the session. */
  autostart(): Promise<boolean>;
  setAutostart(enabled: boolean): Promise<boolean>;
  /** Sets a damaged copy aside, and begins it anew with the votes that can still be read. */
  rebuild(): Promise<ConsoleState>;
  /** Removes everything of this console from this machine; refuses while votes are unsent, unless told. */
  wipe(withUnsent: boolean): Promise<ConsoleState>;
}

export interface Transport {
  readonly kind: "desktop" | "web";
  /** Only its path matters to the desktop. */
  readonly baseUrl: string;
  /** Carries one API request. Rejects only when no answer came. */
  fetch(request: Request): Promise<Response>;
  state(): Promise<ConsoleState>;
  /** Signs and sends, or refuses with a code. Rejects only when it is unknown whether the server has it. */
  decide(draft: Draft): Promise<Outcome>;
  enroll(form: Enrollment): Promise<ConsoleState>;
  outbox(): Promise<OutboxItem[]>;
  withdraw(id: string): Promise<void>;
  dismiss(id: string): Promise<void>;
  /** What only a program on this machine can do; absent on the web. */
  readonly machine?: Machine;
  /** Absent where nothing of the record is kept. */
  readonly record?: KeptRecord;
  /** Calls back on every change until stopped. */
  subscribe(listener: (change: Change) => void): Stop;
  /** Somebody outside (notification, tray) asks to show one approval. */
  onOpenApproval(listener: (approvalId: string) => void): Stop;
}
