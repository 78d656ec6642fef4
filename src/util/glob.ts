/** `*` and `?` within one name, `**` over any number of folders: what a glob is everywhere. Paths have slashes. */
export function globPattern(glob: string): RegExp {
  const source = glob.replaceAll(/\*\*\/|\*\*|[*?]|[\\^$.|+()[\]{}]/g, (token) => MEANING[token] ?? `\\${token}`);
  return new RegExp(`^${source}$`);
}

const MEANING: Readonly<Record<string, string>> = { "**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]" };

export const isGlob = (path: string): boolean => /[*?]/.test(path);
