import { useEffect } from "preact/hooks";

export type Keys = Readonly<Record<string, () => void>>;

/** Calls what a key means, except while one types. */
export function useKeys(keys: Keys): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const action = keys[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  });
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.matches("input, select, textarea") || target.closest("dialog") !== null);

const ALL: readonly (readonly [string, string])[] = [
  ["1 2 3 4", "Now, Logs, Requests, Machine"],
  ["↓ ↑ or j k", "choose an app"],
  ["r", "restart it"],
  ["s", "start or stop it"],
  ["o", "open its address"],
  ["l", "its logs; again: of everything"],
  ["/", "search the logs"],
  ["e", "only errors in the logs, or all again"],
  ["f", "follow the newest line"],
  ["Home End", "oldest and newest line"],
  ["t", "light, dark, or as the system"],
  ["?", "these keys"],
];

export function KeysDialog({ close }: { close: () => void }) {
  return (
    <dialog
      ref={(dialog) => {
        if (dialog && !dialog.open) dialog.showModal();
      }}
      aria-labelledby="keys-title"
      onClose={close}
    >
      <h2 id="keys-title">Keys</h2>
      <dl class="keys">
        {ALL.map(([keys, does]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button>Close</button>
      </form>
    </dialog>
  );
}
