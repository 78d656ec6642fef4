import type { MovedPort } from "../model/project.ts";

/** A value that named a moved port, and what it is here. */
export interface RewrittenValue {
  value: string;
  /** `backend localhost:5050 → localhost:21440`, each once. */
  changes: string[];
}

/** `http://localhost:5050`, `localhost:5050`, several in one value; names end in `.localhost` too. */
const ADDRESS = /(?<![\w.-])(\[[\da-f:]+\]|[a-z0-9](?:[\w.-]*\w)?):(\d{2,5})(?!\d)/gi;
export const THIS_MACHINE = /^(?:(?:[\w-]+\.)*localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1\])$/i;

const movedAt = (moved: readonly MovedPort[], host: string, digits: string): MovedPort | undefined =>
  moved.find(
    ({ from, to, host: at }) =>
      from === Number(digits) &&
      from !== to &&
      (at === undefined ? THIS_MACHINE.test(host) : at === host.toLowerCase()),
  );

/**
 * A variable's value with each address of a moved port replaced by where the port is now; null where it names none. The value
 * of a name that ends in PORT may be the number alone.
 */
export function rewriteValue(name: string, value: string, moved: readonly MovedPort[]): RewrittenValue | null {
  const changes = new Set<string>();
  const replaced = value.replaceAll(ADDRESS, (all, host: string, digits: string) => {
    const found = movedAt(moved, host, digits);
    if (!found) return all;
    changes.add(`${found.app} ${host}:${found.from} → ${host}:${found.to}`);
    return `${host}:${found.to}`;
  });
  const alone = /PORT$/i.test(name) && /^\d{2,5}$/.test(value.trim()) ? alonePort(moved, value.trim()) : undefined;
  if (alone) return { value: String(alone.to), changes: [`${alone.app} ${alone.from} → ${alone.to}`] };
  return changes.size === 0 ? null : { value: replaced, changes: [...changes] };
}

const alonePort = (moved: readonly MovedPort[], digits: string): MovedPort | undefined =>
  moved.find(({ from, to }) => from === Number(digits) && from !== to);

/** Lines of a text that hold an address of a moved port. */
export const movedAddresses = (
  text: string,
  moved: readonly MovedPort[],
): { line: number; url: string; app: string }[] =>
  [...text.matchAll(ADDRESS)].flatMap((found) => {
    const to = movedAt(moved, found[1] ?? "", found[2] ?? "");
    return to ? [{ line: text.slice(0, found.index).split("\n").length, url: found[0], app: to.app }] : [];
  });

/** For pm2/follow-ports.cjs, which redirects the connections that an app makes. */
export const movedList = (moved: readonly MovedPort[]): string =>
  moved
    .filter(({ from, to, host }) => from !== to && host === undefined)
    .map(({ from, to }) => `${from}:${to}`)
    .join(",");
