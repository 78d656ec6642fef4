import { useEffect } from "preact/hooks";

export type Keys = Readonly<Record<string, () => void>>;

/** Calls what a key means, except while one types. */
export function useKeys(keys: Keys): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const action = keyOf(event) === null ? undefined : keys[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  });
}

/** null: it is for what has the focus, or for the browser. */
export function keyOf(event: KeyboardEvent): string | null {
  const isOthers = event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target);
  return isOthers || isPressing(event) || isScrolling(event) ? null : event.key;
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.matches("input:not([type=checkbox]), select, textarea") || target.closest("dialog") !== null);

/** Enter and Space press the button, follow the link or set the tick that has the focus. */
const isPressing = ({ key, target }: KeyboardEvent): boolean =>
  (key === "Enter" || key === " ") &&
  target instanceof HTMLElement &&
  target.closest("button, a, summary, input") !== null;

/** The arrows scroll the code or the output that has the focus. */
const isScrolling = ({ key, target }: KeyboardEvent): boolean =>
  key.startsWith("Arrow") && target instanceof HTMLElement && target.closest("pre") !== null;

/** Small letters and digits are those of the terminal (src/live/keys.ts); capital letters are the page's own. */
export const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ["1-9", "the lines of that app: apps are counted as in the terminal"],
  ["0", "the lines of all apps again"],
  ["/", "search the lines: text, or a regular expression"],
  ["Esc", "all lines again"],
  ["e", "what is broken now"],
  ["r", "then a digit: restarts that app; Enter: all of them"],
  ["o", "then a digit: opens that app's address; Enter: the first one's"],
  ["i", "answers an app that waits at a prompt"],
  ["u", "the addresses"],
  ["c", "an empty list of lines; what was in it is in the history"],
  ["p", "holds the lines, and follows them when it is pressed again"],
  ["t", "the last saves, and where their time went"],
  ["s", "shows the time before each line, or hides it again"],
  ["h ?", "this list"],
  ["N L R M", "Now, Logs, Requests, Machine"],
  ["j k ↓ ↑", "choose an app"],
  ["Enter", "the lines of the chosen app"],
  ["S", "starts or stops the chosen app"],
  ["E", "only errors in the lines, or all levels again"],
  ["Home End", "the oldest and the newest line"],
  ["T", "light, dark, or as the system"],
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
        {KEYS.map(([keys, does]) => (
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
