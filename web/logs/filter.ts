/** What the Logs view shows; all of it is in the address, so that a link shows the same. */
export interface Filter {
  apps: string[];
  find: string;
  isRegex: boolean;
  level: "" | "error" | "warn" | "info";
  /** ISO 8601; "": from the beginning. */
  since: string;
  /** ISO 8601; "": up to now, and on. */
  until: string;
}

/** Lines that come live can be shown as they are: only their app decides. */
export const isPlain = ({ find, level, until }: Filter): boolean => find === "" && level === "" && until === "";

/** As the engine's `lines` takes it. */
export function parametersOf({ apps, find, isRegex, level, since, until }: Filter): URLSearchParams {
  const query = new URLSearchParams();
  for (const app of apps) query.append("app", app);
  if (find !== "") query.set("find", find);
  if (isRegex) query.set("regex", "1");
  if (level !== "") query.set("level", level);
  if (since !== "") query.set("since", since);
  if (until !== "") query.set("until", until);
  return query;
}

export function filterOf(query: URLSearchParams): Filter {
  const level = query.get("level");
  return {
    apps: query.getAll("app"),
    find: query.get("find") ?? "",
    isRegex: query.get("regex") === "1",
    level: level === "error" || level === "warn" || level === "info" ? level : "",
    since: timeIn(query, "since"),
    until: timeIn(query, "until"),
  };
}

/** An address that was changed by hand may have anything there. */
function timeIn(query: URLSearchParams, name: string): string {
  const time = new Date(query.get(name) ?? "");
  return Number.isNaN(time.getTime()) ? "" : time.toISOString();
}

/** Why a pattern cannot be used; "": it can. */
export function patternProblem({ find, isRegex }: Filter): string {
  if (!isRegex) return "";
  try {
    new RegExp(find).test("");
    return "";
  } catch (error) {
    return (error as Error).message.replace(/^Invalid regular expression: /, "");
  }
}
