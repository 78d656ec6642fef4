import { useEffect } from "preact/hooks";
import { keyOf } from "./keys.tsx";

/** What the digits after `r` and `o` are for. */
export type Asked = "restart" | "open";

interface WhichProps {
  asked: Asked;
  /** In the order of their digits. */
  apps: readonly string[];
  /** null: Enter. */
  choose: (app: string | null) => void;
  close: () => void;
}

/** After a key that needs an app: the next one names it. Any other key asks for nothing. */
export function Which({ asked, apps, choose, close }: WhichProps) {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const key = keyOf(event);
      if (key === null || key === "Shift") return;
      event.preventDefault();
      // before any other reader of keys
      event.stopImmediatePropagation();
      close();
      const app = /^[1-9]$/.test(key) ? apps[Number(key) - 1] : undefined;
      if (key === "Enter") choose(null);
      else if (app !== undefined) choose(app);
    };
    addEventListener("keydown", press, true);
    return () => removeEventListener("keydown", press, true);
  });
  return (
    <div class="banner which" role="status" data-testid="which">
      {asked}:{" "}
      {apps.slice(0, 9).map((app, at) => (
        <span key={app}>
          <kbd>{at + 1}</kbd> {app}{" "}
        </span>
      ))}
      <kbd>Enter</kbd> {asked === "restart" ? "all" : "the first"} <kbd>Esc</kbd> none
    </div>
  );
}
