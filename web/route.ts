import { useEffect, useState } from "preact/hooks";

export const VIEWS = ["now", "logs", "requests", "machine"] as const;
export type View = (typeof VIEWS)[number];

/** What the page shows: `#/logs?app=backend`. A link with it opens the same view. */
export interface Route {
  view: View;
  query: URLSearchParams;
}

export function routeOf(hash: string): Route {
  const [name = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  return { view: VIEWS.find((view) => view === name) ?? "now", query: new URLSearchParams(query) };
}

export const addressOf = (view: View, query = new URLSearchParams()): string =>
  `#/${view}${query.size > 0 ? `?${query.toString()}` : ""}`;

export function useRoute(): Route {
  const [route, show] = useState(() => routeOf(location.hash));
  useEffect(() => {
    const look = (): void => show(routeOf(location.hash));
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, []);
  return route;
}

/** Without a step in the browser's history: a filter that is typed would leave one for each letter. */
export function replaceRoute(view: View, query: URLSearchParams): void {
  history.replaceState(null, "", addressOf(view, query));
  dispatchEvent(new HashChangeEvent("hashchange"));
}
