import type { OwnedDatabase, SharedStore } from "../model/shared-store.ts";
import { renamed } from "./database-names.ts";
import type { Variable } from "./variables.ts";

export interface OwnData {
  variables: Variable[];
  /** Each database once: it must be there before the app starts. */
  databases: OwnedDatabase[];
  /** One line each: which variable names which database now, and what is still shared. */
  lines: string[];
}

/**
 * The variables of an app whose checkout shares database servers with others: what names a database there names one of its own.
 * That holds wherever a variable comes from, the shell included: nothing here writes to the data of the main checkout.
 */
export async function ownData(
  app: string,
  variables: readonly Variable[],
  stores: readonly SharedStore[],
): Promise<OwnData> {
  await takeNumbers(variables, stores);
  const databases = new Map<string, OwnedDatabase>();
  const lines: string[] = [];
  const give = ({ service, own }: SharedStore, from: string, name: string): string | null => {
    const to = own(from);
    if (to === null) {
      lines.push(`${app}: ${name} shares database ${from} of ${service}: no database is left for this worktree`);
      return null;
    }
    databases.set(`${service}/${to}`, { service, from, to });
    lines.push(`${app}: ${name} names ${service}'s database ${to} instead of ${from}`);
    return to;
  };
  const changed = variables.map((variable) => {
    const { name, value, source } = variable;
    if (source.kind === "devpm") return variable;
    const now = stores.reduce((text, store) => renamed(name, text, store, (from) => give(store, from, name)), value);
    return now === value ? variable : { ...variable, value: now };
  });
  return { variables: changed, databases: [...databases.values()], lines };
}

/** Takes a number for each that is named, before any is replaced: taking one needs a moment, replacing cannot wait. */
async function takeNumbers(variables: readonly Variable[], stores: readonly SharedStore[]): Promise<void> {
  for (const store of stores) {
    if (!store.take) continue;
    const named = new Set<string>();
    const note = (from: string): null => (named.add(from), null);
    for (const { name, value, source } of variables) if (source.kind !== "devpm") renamed(name, value, store, note);
    if (named.size > 0) await store.take([...named]);
  }
}
