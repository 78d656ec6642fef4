/** Pure: what a compose file mentions, as far as it decides what Compose would make of it. */
export interface Mentions {
  /** Everything that could be the path of a file: Compose reads files through `include`, `extends`, `env_file`, … */
  paths: string[];
  /** Everything that could be the name of a variable. */
  names: Set<string>;
  /** It pulls in something from a server, which can change without a trace here. */
  remote: boolean;
}

const LONGEST_PATH = 400;

/**
 * Pure. Reads no YAML on purpose: taking every word for a possible path or variable can only make the cached result
 * expire once too often, while a parser that misses one form of `include` would keep a wrong one.
 */
export function mentions(text: string): Mentions {
  const words = text
    .split(/[\s,[\]{}"'|>]+/)
    .filter((word) => word && !word.endsWith(":") && word.length < LONGEST_PATH && /[A-Za-z.]/.test(word));
  return {
    paths: [...new Set(words.map((word) => word.replace(/^path:|^file:/, "")))],
    names: new Set(text.match(/[A-Za-z_][A-Za-z0-9_]*/g)),
    remote: /(^|\s|["'[,])(oci:\/\/|git@|git:\/\/|(?:https?|ssh):\/\/\S+\.git\b)/m.test(text),
  };
}

/** Pure: whether a mentioned file is itself a compose file, whose own mentions count. */
export const looksLikeCompose = (text: string): boolean => /^\s*["']?(services|include|x-[\w-]+)["']?\s*:/m.test(text);

/** Pure: `${NAME}`, `${NAME:-default}` and `$NAME` in a path, as Compose would put them in. */
export function interpolated(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(
    /\$(?:\{([A-Za-z_]\w*)(?::?[-+?]([^}]*))?\}|([A-Za-z_]\w*))/g,
    (_all, braced: string | undefined, fallback: string | undefined, bare: string | undefined) =>
      variables[braced ?? bare ?? ""] || (fallback ?? ""),
  );
}

/** Pure: `.env` as far as it names files: `KEY=value` lines. */
export function simpleVariables(text: string): Record<string, string> {
  const entries = text.split("\n").flatMap((line) => {
    const [, name, value] = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, (value ?? "").replaceAll(/^(["'])(.*)\1$/g, "$2")] as const];
  });
  return Object.fromEntries(entries);
}
