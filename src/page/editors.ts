/** Editors whose links open a file at a line, by the name that the page uses. */
const EDITORS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["cursor", /\bcursor\b/],
  ["windsurf", /\bwindsurf\b/],
  ["vscodium", /\bcodium\b/],
  ["zed", /\bzed(?:itor)?\b/],
  ["idea", /\b(?:idea|pycharm|webstorm)\b/],
  ["sublime", /\b(?:subl|sublime_text)\b/],
  ["vscode", /\bcode\b/],
];

/** The editor of the user's shell: DEVPM_EDITOR, else the one whose terminal this is, else VISUAL and EDITOR. */
export function editorOf(shell: Readonly<Record<string, string>>): string {
  const { DEVPM_EDITOR: wanted, TERM_PROGRAM, VISUAL, EDITOR, VSCODE_GIT_ASKPASS_NODE: inside = "" } = shell;
  if (wanted !== undefined) return EDITORS.find(([name]) => name === wanted)?.[0] ?? named(wanted) ?? "vscode";
  if (TERM_PROGRAM === "vscode") return named(inside.toLowerCase()) ?? "vscode";
  return named(VISUAL ?? "") ?? named(EDITOR ?? "") ?? "vscode";
}

const named = (text: string): string | null => EDITORS.find(([, pattern]) => pattern.test(text))?.[0] ?? null;
