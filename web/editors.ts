/** Links that open a file at a line. Only these: an address never comes from a log or an error. */
const LINKS: Readonly<Record<string, (file: string, line: number) => string>> = {
  vscode: (file, line) => `vscode://file${encoded(file)}:${line}`,
  cursor: (file, line) => `cursor://file${encoded(file)}:${line}`,
  windsurf: (file, line) => `windsurf://file${encoded(file)}:${line}`,
  vscodium: (file, line) => `vscodium://file${encoded(file)}:${line}`,
  zed: (file, line) => `zed://file${encoded(file)}:${line}`,
  idea: (file, line) => `idea://open?file=${encodeURIComponent(file)}&line=${line}`,
  sublime: (file, line) => `subl://open?url=file://${encodeURIComponent(file)}&line=${line}`,
};

export const EDITORS: readonly (readonly [key: string, name: string])[] = [
  ["vscode", "VS Code"],
  ["cursor", "Cursor"],
  ["windsurf", "Windsurf"],
  ["vscodium", "VSCodium"],
  ["zed", "Zed"],
  ["idea", "JetBrains"],
  ["sublime", "Sublime Text"],
];

const encoded = (file: string): string => file.split("/").map(encodeURIComponent).join("/");

/** null: not a place in a file. `file` may be relative to `root`. */
export function editorLink(editor: string, root: string, file: string | null, line: number | null): string | null {
  if (file === null) return null;
  const absolute = file.startsWith("/") ? file : `${root}/${file}`;
  return (LINKS[editor] ?? LINKS.vscode!)(absolute, line ?? 1);
}
