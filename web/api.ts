import type { LinesAnswer, ListedSession, RequestsAnswer, Save, ShownVariable } from "../src/model/page.ts";
import type { Answer, Request } from "../src/model/protocol.ts";

/** What the page asks its session; every address is relative to the page's own. */

/** Shown where no answer comes. */
export const SILENT = "The session does not answer.";

async function get<T>(path: string, signal?: AbortSignal): Promise<T | null> {
  try {
    const response = await fetch(path, signal ? { signal } : {});
    return response.ok ? ((await response.json()) as T) : null;
  } catch {
    return null;
  }
}

async function post<T>(path: string, body: object): Promise<T | { ok: false; error: string }> {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (response.status === 401) return { ok: false, error: "this browser is not known any more: run `devpm ui`" };
    return (await response.json()) as T;
  } catch {
    return { ok: false, error: SILENT };
  }
}

/** Why there are none is for the reader of the page. */
export async function linesOf(query: URLSearchParams, signal: AbortSignal): Promise<LinesAnswer | { error: string }> {
  try {
    return (await (await fetch(`lines?${query.toString()}`, { signal })).json()) as LinesAnswer | { error: string };
  } catch {
    return { error: SILENT };
  }
}
export const savesOf = async (): Promise<Save[]> => (await get<Save[]>("saves")) ?? [];
export const requestsOf = (after: number | null, signal: AbortSignal): Promise<RequestsAnswer | null> =>
  get(after === null ? "requests" : `requests?after=${after}`, signal);
export const branchOf = async (): Promise<string | null> =>
  (await get<{ branch: string | null }>("branch"))?.branch ?? null;
export const environmentOf = (app: string): Promise<ShownVariable[] | null> =>
  get(`environment?${new URLSearchParams({ app }).toString()}`);
export const sessionsOf = (): Promise<ListedSession[] | null> => get("sessions");
export const ask = <R extends Request>(request: R): Promise<Answer<R["op"]>> => post<Answer<R["op"]>>("ask", request);
export const openOther = (id: string): Promise<{ url: string } | { error: string }> => post("open", { id });

/** How the session answers now: `gone` where nothing listens any more. */
export async function probe(): Promise<"answers" | "unknown browser" | "gone"> {
  try {
    const { status } = await fetch("icon.svg", { cache: "no-store" });
    return status === 401 ? "unknown browser" : "answers";
  } catch {
    return "gone";
  }
}
