/** What the Logs view shows; all of it is in the address, so that a link shows the same. */
export interface Filter {
  apps: string[];
  find: string;
  isRegex: boolean;
  level: "" | "error" | "warn" | "info";
  /** ISO 8601; "": from the beginning. */
  since: string;
}

export const EVERYTHING: Filter = { apps: [], find: "", isRegex: false, level: "", since: "" };

/** Lines that come live can be shown as they are: only their app decides. */
export const isPlain = ({ find, level }: Filter): boolean => find === "" && level === "";

/** As the engine's `lines` takes it. */
export function parametersOf({ apps, find, isRegex, level, since }: Filter): URLSearchParams {
  const query = new URLSearchParams();
  for (const app of apps) query.append("app", app);
  if (find !== "") query.set("find", find);
  if (isRegex) query.set("regex", "1");
  if (level !== "") query.set("level", level);
  if (since !== "") query.set("since", since);
  return query;
}

export function filterOf(query: URLSearchParams): Filter {
  const level = query.get("level");
  return {
    apps: query.getAll("app"),
    find: query.get("find") ?? "",
    isRegex: query.get("regex") === "1",
    level: level === "error" || level === "warn" || level === "info" ? level : "",
    since: query.get("since") ?? "",
  };
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
