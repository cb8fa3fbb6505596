/**
 * What a transport must do: carry API requests, sign decisions, and tell what changed. `tauri.ts` and `web.ts` are the
 * two implementations; no screen knows which one it has, except by `kind`.
 */
import type {
  ApprovalView,
  BypassStep,
  BypassView,
  Compared,
  ConsoleState,
  CopyStatus,
  Diagnostics,
  Draft,
  EnvelopeView,
  ExportWish,
  HeldReject,
  Enrollment,
  GrantRevoke,
  KeptWindow,
  MachineSettings,
  NotifyPreferences,
  OutboxItem,
  Ordered,
  Outcome,
  RecordStatus,
  Revoked,
  ServerSeen,
  Step,
  StopOrder,
  StopWish,
  Verification,
} from "./types";

export type Topic = "approvals" | "state" | "outbox" | "emergency" | "oncall" | "rights";

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
  /** Writes a new file, which is noted for the record before it appears. */
  save(wish: ExportWish): Promise<{ path: string; kept: number; size: number }>;
  /** Asks where to put a file of this name; null when the person chose no place. */
  choose(name: string): Promise<string | null>;
  /** Writes what the last verification found; answers where. */
  saveFound(format: "json" | "html", path: string): Promise<string>;
  /** Holds a checkpoint note, a size with its root, or a root against what is kept. */
  compare(text: string): Promise<Compared>;
  /** Files dropped on the window. */
  onDrop(listener: (paths: string[]) => void): Stop;
}

/** The steps of a bypass that this device can sign. */
export interface BypassSigner {
  /** Whether it has a step-up key: without one it can only review. */
  readonly canRaise: boolean;
  /** Signs and sends at once; nothing of it is queued. Rejects with a code. */
  sign(step: BypassStep, passphrase?: string): Promise<BypassView>;
}

/** Stops ordered here; they wait on this machine until the server has them, and are sent before any vote. */
export interface StopOrders {
  /** Those not in force yet, refused, or newly in force; newest first. */
  list(): Promise<StopOrder[]>;
  stop(wish: StopWish): Promise<Ordered>;
  /** Only while it is unsent. */
  withdraw(id: string): Promise<void>;
  /** The person knows that it had no effect. */
  dismiss(id: string): Promise<void>;
}

/** Rejections pressed in a notification; the console signs each when its time is over. */
export interface HeldRejects {
  /** Those that can still be taken back, soonest first. */
  list(): Promise<HeldReject[]>;
  /** Rejects with a code when it is signed already. */
  undo(approvalId: string): Promise<void>;
}

/** Grants taken back here; they wait on this machine until the server knows, and are sent before any vote. */
export interface RevokeOrders {
  /** Those the server does not know yet, refused, or newly taken back; newest first. */
  list(): Promise<GrantRevoke[]>;
  revoke(grantId: string): Promise<Revoked>;
  /** Lets it be again; only while it is unsent. */
  withdraw(grantId: string): Promise<void>;
  /** The person knows that it had no effect. */
  dismiss(grantId: string): Promise<void>;
}

export interface Machine {
  /** Whether the console starts with the session. */
  autostart(): Promise<boolean>;
  setAutostart(enabled: boolean): Promise<boolean>;
  /** Sets a damaged copy aside, and begins it anew with the votes that can still be read. */
  rebuild(): Promise<ConsoleState>;
  /** Removes everything of this console from this machine; refuses while votes are unsent, unless told. */
  wipe(withUnsent: boolean): Promise<ConsoleState>;
  /** Asks the server of an invite link, or of an address, who it is. Nothing is told to it. */
  examine(where: { link: string } | { url: string }): Promise<ServerSeen>;
  settings(): Promise<MachineSettings>;
  keepSettings(change: Partial<Pick<MachineSettings, "rendering" | "updates">>): Promise<MachineSettings>;
  /** What was chosen for the page, as the page wrote it. */
  preferences(): Promise<string | null>;
  keepPreferences(text: string): Promise<void>;
  diagnostics(): Promise<Diagnostics>;
  copy(): Promise<CopyStatus>;
  /** How this person is told on this console. */
  notifyPreferences(): Promise<NotifyPreferences>;
  /** Keeps them, or refuses with what is wrong. Answers what holds now. */
  keepNotifyPreferences(preferences: NotifyPreferences): Promise<NotifyPreferences>;
  /** Signs nothing that counts, and checks it with the keys the server knows. `stepUp` is null without a passphrase. */
  testSignature(passphrase: string | null): Promise<{ vote: boolean; stepUp: boolean | null }>;
  /** Shows a notification about nothing. Ends with the button that was pressed, or null when it went away. */
  testNotification(): Promise<TestNotification>;
  /** A newer signed version; null when there is none. */
  newerVersion(): Promise<{ version: string; notes: string } | null>;
  /** Fetches, verifies and installs it; acts at the next start. */
  installUpdate(): Promise<void>;
}

/** What became of a test notification: the daemon took it, and what the person did with it. */
export interface TestNotification {
  shown: boolean;
  pressed: "review" | null;
}

/** Sealed envelopes of this person. Works without the server. */
export interface Glass {
  /** The envelope that a gate's challenge is for; rejects with a code for a slip or one that is not held. */
  challenged(challenge: string): Promise<EnvelopeView>;
  /** Signs with the step-up key; what comes back is carried to the gate. */
  answer(form: { challenge: string; incident: string; reason: string; passphrase: string }): Promise<Answered>;
}

/** One word to carry to the gate, and what it opens there. */
export interface Answered {
  answer: string;
  envelope: EnvelopeView;
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
  readonly bypass: BypassSigner;
  /** Absent where nothing can be queued. */
  readonly stops?: StopOrders;
  /** Absent where there are no notifications of the console's own. */
  readonly held?: HeldRejects;
  /** Absent where nothing can be queued. */
  readonly revokes?: RevokeOrders;
  /** Absent where there is no step-up key. */
  readonly glass?: Glass;
  /** Absent where nothing of the record is kept. */
  readonly record?: KeptRecord;
  /** Calls back on every change until stopped. */
  subscribe(listener: (change: Change) => void): Stop;
  /** Somebody outside (notification, tray) asks to show one approval. */
  onOpenApproval(listener: (approvalId: string) => void): Stop;
}
