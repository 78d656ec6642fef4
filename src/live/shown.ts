import type { Prompt } from "./prompt.ts";
import type { LiveState } from "./state.ts";
import type { View } from "./view.ts";

/** What changes while the screen is open: the session by its events, the rest by keys. */
export interface Shown {
  state: LiveState;
  view: View;
  prompt: Prompt | null;
  /** Lines are held back until the key is pressed again. */
  paused: boolean;
  verbose: boolean;
  timestamps: boolean;
}
