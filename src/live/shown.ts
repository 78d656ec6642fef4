import type { FooterPrompt } from "./prompt.ts";
import type { LiveState } from "./state.ts";
import type { View } from "./view.ts";

/** What changes while the screen is open: the session by its events, the rest by keys. */
export interface Shown {
  state: LiveState;
  view: View;
  prompt: FooterPrompt | null;
  /** Lines are held back until the key is pressed again. */
  paused: boolean;
  /** What the history is being searched for; null: it is not. */
  searching: string | null;
  verbose: boolean;
  timestamps: boolean;
}

/** As the screen opens. */
export const asOpened = (
  given: Pick<Shown, "state" | "view"> & Partial<Pick<Shown, "verbose" | "timestamps">>,
): Shown => ({ verbose: false, timestamps: false, ...given, prompt: null, paused: false, searching: null });

/** Apps and tasks: whatever has lines. */
export const everyone = ({ state: { model } }: Shown): string[] => [...model.apps.keys(), ...model.tasks.keys()];
