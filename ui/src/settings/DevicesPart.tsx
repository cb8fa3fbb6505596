/** The devices that can vote for this person: which, of what kind, how high; confirming and revoking them. */
import { Alert, Button } from "@mui/material";
import { useState } from "react";
import { levelOf, type ConsoleState, type DeviceView } from "../api/types";
import { Failure, Waiting } from "../shell/Failure";
import { LEVEL_WORDS } from "../shell/LevelMark";
import { NoPermission } from "../shell/NoPermission";
import { fullTime } from "../state/clock";
import { useConsoleState } from "../state/console";
import { VisibleText } from "../text/VisibleText";
import { Ask } from "./Ask";
import styles from "./settings.module.css";
import { classWords, t } from "./texts";
import { useDeviceAct, useDevices, type DeviceAct } from "./useSettings";

/** Where a device stands. */
type Standing = "confirmed" | "unconfirmed" | "revoked";

function standingOf(device: DeviceView): Standing {
  if (device.revoked_at != null) return "revoked";
  return device.confirmed_at == null ? "unconfirmed" : "confirmed";
}

const ORDER: Record<Standing, number> = { unconfirmed: 0, confirmed: 1, revoked: 2 };

export function DevicesPart() {
  const state = useConsoleState().data;
  const found = useDevices();
  const [asking, setAsking] = useState<{ act: DeviceAct; device: DeviceView } | null>(null);
  const [told, setTold] = useState("");
  const act = useDeviceAct((done, device) => {
    setAsking(null);
    setTold(t(done === "confirm" ? "device_confirmed" : "device_revoked", { name: device.name }));
  });
  if (!state || found.isPending) return <Waiting rows={3} />;
  const close = () => {
    act.reset();
    setAsking(null);
  };
  const devices = (found.data ?? []).toSorted((a, b) => ORDER[standingOf(a)] - ORDER[standingOf(b)] || b.enrolled_at - a.enrolled_at);
  return (
    <>
      <p className={styles.hint}>{t("devices_hint")}</p>
      {!state.online && <Alert severity="warning">{t("devices_offline")}</Alert>}
      {state.online && state.stale && <Alert severity="warning">{t("devices_old")}</Alert>}
      <p role="status" className={styles.told}>
        {told}
      </p>
      {found.isError && found.error.code === "forbidden" && <NoPermission roles={["approver", "oncall", "auditor", "admin"]} />}
      {found.isError && found.error.code !== "forbidden" && <Failure error={found.error} onRetry={() => void found.refetch()} />}
      {found.isSuccess && devices.length === 0 && <p>{t("devices_none")}</p>}
      <ul className={styles.list} aria-label={t("devices")}>
        {devices.map((device) => (
          <Device key={device.id} device={device} state={state} onAsk={(wanted) => setAsking({ act: wanted, device })} />
        ))}
      </ul>
      {asking && (
        <Ask
          title={t(asking.act === "confirm" ? "confirm_title" : "revoke_title", { name: asking.device.name })}
          what={t(asking.act === "confirm" ? "confirm_what" : asking.device.id === state.device?.id ? "revoke_this" : "revoke_what")}
          act={t(asking.act)}
          busy={act.isPending}
          error={act.error}
          onClose={close}
          onConfirm={() => act.mutate({ act: asking.act, id: asking.device.id })}
        />
      )}
    </>
  );
}

function Device({ device, state, onAsk }: { device: DeviceView; state: ConsoleState; onAsk: (act: DeviceAct) => void }) {
  const standing = standingOf(device);
  const isThis = device.id === state.device?.id;
  const mayRevoke = device.user === state.user || state.role === "admin";
  const mayConfirm = mayRevoke && !isThis && state.device?.confirmed_at != null;
  return (
    <li className={styles.device} data-standing={standing} data-testid="device" data-device-id={device.id}>
      <div>
        <p className={styles.what}>
          <VisibleText text={device.name} />
          {isThis && <span className={styles.tag}>{t("this_device")}</span>}
          <span className={styles.tag}>{classWords(device.class)}</span>
          {device.shared && <span className={styles.tag}>{t("shared")}</span>}
        </p>
        <p className={styles.hint}>
          {t(`device_${standing}_since`, { at: fullTime((standing === "revoked" ? device.revoked_at : device.confirmed_at) ?? device.enrolled_at) })}
          {device.user !== state.user && <> · {t("device_of", { user: device.user })}</>}
        </p>
        {standing !== "revoked" && (
          <p className={styles.hint}>
            {t(device.step_up_key == null ? "ceiling_plain" : "ceiling", { level: LEVEL_WORDS[levelOf(device.ceiling)] })}
            {device.shared && <> {t("shared_why")}</>}
          </p>
        )}
      </div>
      <div className={styles.acts}>
        {standing === "unconfirmed" && mayConfirm && (
          <Button variant="contained" disabled={!state.online} onClick={() => onAsk("confirm")} data-testid="confirm-device">
            {t("confirm")}
          </Button>
        )}
        {standing !== "revoked" && mayRevoke && (
          <Button color="error" disabled={!state.online} onClick={() => onAsk("revoke")} data-testid="revoke-device" aria-label={t("revoke_of", { name: device.name })}>
            {t("revoke")}
          </Button>
        )}
      </div>
    </li>
  );
}
