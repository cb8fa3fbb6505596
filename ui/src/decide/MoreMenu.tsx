/** The menu behind "More". Loaded when it is first opened. */
import { Menu, MenuItem } from "@mui/material";
import type { Doing } from "./More";

export default function MoreMenu({ items, anchor, onClose }: { items: Doing[]; anchor: HTMLElement | null; onClose: () => void }) {
  return (
    <Menu open anchorEl={anchor} onClose={onClose} transitionDuration={0}>
      {items.map(({ words, run }) => (
        <MenuItem
          key={words}
          onClick={() => {
            onClose();
            run();
          }}
        >
          {words}
        </MenuItem>
      ))}
    </Menu>
  );
}
