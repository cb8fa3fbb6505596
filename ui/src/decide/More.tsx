/** What else can be done with the open request. Nothing in it decides. */
import { Button } from "@mui/material";
import { lazy, Suspense, useState } from "react";
import type { ApprovalView } from "../api/types";
import { copy } from "../shell/copy";
import { useCommands } from "../state/keys";
import { t } from "./texts";

const MoreMenu = lazy(() => import("./MoreMenu"));

export interface Doing {
  words: string;
  run: () => void;
}

/** What can be done beside voting, in the order of the menu. */
export function doings(view: ApprovalView, user: string | null, act: { claim: () => void; extend: (() => void) | null; allow: (() => void) | null }): Doing[] {
  const by = view.claimed_by?.user;
  const claim = by === undefined ? t("more_claim") : by === user ? t("more_release") : t("more_take_over", { who: by });
  return [
    { words: claim, run: act.claim },
    ...(act.allow ? [{ words: t("more_allow"), run: act.allow }] : []),
    ...(act.extend && !view.extended ? [{ words: t("more_extend"), run: act.extend }] : []),
    { words: t("more_copy_link"), run: () => void copy(new URL(`#/approvals/${view.id}`, globalThis.location.href).href) },
    { words: t("more_copy_digest"), run: () => void copy(view.digest) },
  ];
}

export function More({ items }: { items: Doing[] }) {
  const [button, setButton] = useState<HTMLButtonElement | null>(null);
  const [open, setOpen] = useState(false);
  useCommands([{ keys: ".", words: t("more_key"), run: () => setOpen(true) }]);
  return (
    <>
      <Button ref={setButton} variant="outlined" color="inherit" aria-haspopup="menu" aria-expanded={open} data-testid="more" onClick={() => setOpen(true)}>
        {t("more")}
      </Button>
      {open && (
        <Suspense fallback={null}>
          <MoreMenu items={items} anchor={button} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
