/** The machine a desktop console runs on, for tests: what is asked of it, and what it answers. */
import type { Machine, TestNotification } from "../api/transport";
import type { ConsoleState, CopyStatus, Diagnostics, MachineSettings, NotifyPreferences, ServerSeen } from "../api/types";
import { consoleState } from "./fixtures";

export class FakeMachine implements Machine {
  starts = false;
  set: MachineSettings = { rendering: "auto", rendering_now: "auto", updates: false, updates_configured: false };
  kept: string | null = null;
  wiped: boolean[] = [];
  passphrases: (string | null)[] = [];
  examined: ({ link: string } | { url: string })[] = [];
  installed = 0;
  seen: ServerSeen = {
    url: "http://127.0.0.1:7420",
    org: "acme",
    vkey: "acme+12345678+AAAA",
    fingerprint: "0a1b 2c3d 4e5f 6071 8293 a4b5 c6d7 e8f9",
    pinned: true,
    private: true,
  };
  found: Diagnostics = {
    tray: true,
    notifications: { name: "dunst", version: "1.9", capabilities: ["actions", "body"], inhibited: false },
    screen: { locked: false },
    keyring: "unlocked",
    server: "http://127.0.0.1:7420",
    fingerprint: "0a1b 2c3d 4e5f 6071 8293 a4b5 c6d7 e8f9",
    folder: "/home/alice/.local/share/navi-governance",
    crash_log: null,
    versions: { console: "0.1.0", tauri: "2.12.5", webview: "2.50.6", system: "Debian 12", desktop: "XFCE" },
  };
  takes: CopyStatus = { folder: "/home/alice/.local/share/navi-governance", bytes: 3_400_000, set_aside: 0 };
  told: NotifyPreferences = {
    levels: {
      low: { show: "digest", sound: false, repeat: false },
      medium: { show: "bubble", sound: true, repeat: false },
      high: { show: "bubble", sound: true, repeat: true },
      critical: { show: "bubble", sound: true, repeat: true },
    },
    quiet: { enabled: false, zone: "UTC", days: [1, 2, 3, 4, 5, 6, 7], from: "22:00", to: "07:00" },
    contents: "full",
    digest: 30,
  };
  /** What each answer is made of; a test may put a refusal in its place. */
  rebuild = (): Promise<ConsoleState> => Promise.resolve(consoleState());
  wipe = (withUnsent: boolean): Promise<ConsoleState> => {
    this.wiped.push(withUnsent);
    return Promise.resolve(consoleState({ mode: "enroll" }));
  };
  examine = (where: { link: string } | { url: string }): Promise<ServerSeen> => {
    this.examined.push(where);
    return Promise.resolve(this.seen);
  };
  notified = (): Promise<TestNotification> => Promise.resolve({ shown: true, pressed: "review" });
  newer = (): Promise<{ version: string; notes: string } | null> => Promise.resolve(null);
  signed = (passphrase: string | null): { vote: boolean; stepUp: boolean | null } => ({
    vote: true,
    stepUp: passphrase === null ? null : true,
  });

  autostart = () => Promise.resolve(this.starts);
  setAutostart = (enabled: boolean) => {
    this.starts = enabled;
    return Promise.resolve(enabled);
  };
  settings = () => Promise.resolve(this.set);
  keepSettings = (change: Partial<Pick<MachineSettings, "rendering" | "updates">>) => {
    this.set = { ...this.set, ...change };
    return Promise.resolve(this.set);
  };
  preferences = () => Promise.resolve(this.kept);
  keepPreferences = (text: string) => {
    this.kept = text;
    return Promise.resolve();
  };
  diagnostics = () => Promise.resolve(this.found);
  copy = () => Promise.resolve(this.takes);
  notifyPreferences = () => Promise.resolve(this.told);
  keepNotifyPreferences = (preferences: NotifyPreferences): Promise<NotifyPreferences> => {
    this.told = preferences;
    return Promise.resolve(preferences);
  };
  testSignature = async (passphrase: string | null) => {
    this.passphrases.push(passphrase);
    return this.signed(passphrase);
  };
  testNotification = () => this.notified();
  newerVersion = () => this.newer();
  installUpdate = () => {
    this.installed += 1;
    return Promise.resolve();
  };
}
