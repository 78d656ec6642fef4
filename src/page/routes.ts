import { branchAt } from "../checkout/git.ts";
import { readFrame } from "../model/frame.ts";
import { PAGE_OPERATIONS } from "../model/page.ts";
import type { Request } from "../model/protocol.ts";
import type { PageReply, PageRequest } from "../system/page-server.ts";
import { builtFile } from "../util/package-files.ts";
import type { Admission } from "./admission.ts";
import { entered, failedReply, jsonReply, refused, reply, type Type } from "./headers.ts";
import type { HistoryAnswer, HistoryThread } from "./history.ts";
import type { Looks } from "./looks.ts";
import { listSessions, openOther, type MachineSystem } from "./machine.ts";
import { lineQueryOf, queryNumber } from "./queries.ts";
import type { PageSession } from "./session.ts";

export interface PageParts {
  system: MachineSystem;
  session: PageSession;
  admission: Admission;
  history: HistoryThread;
  looks: Looks;
}

/** The files of the page, in dist/web. */
const FILES: Readonly<Record<string, readonly [file: string, type: Type]>> = {
  "": ["index.html", "html"],
  "page.js": ["page.js", "js"],
  "page.css": ["page.css", "css"],
  "icon.svg": ["icon.svg", "svg"],
};

/** One request to the page: who asks is decided first, from its head. */
export async function handle(parts: PageParts, request: PageRequest): Promise<PageReply> {
  const { admission } = parts;
  const name = request.path.slice(admission.base.length);
  if (name === "enter" && request.path.startsWith(admission.base)) {
    const entry = request.method === "GET" ? admission.enter(request) : { status: 405, why: "only GET" };
    return "cookie" in entry ? entered(admission.base, entry.cookie) : refused(entry.status, entry.why);
  }
  const refusal = admission.refusal(request);
  if (refusal) return refused(refusal.status, refusal.why);
  if (request.method !== "GET" && request.method !== "POST") return problem(405, "only GET and POST");
  const answer = request.method === "POST" ? posted(parts, name, request) : got(parts, name, request);
  return answer.catch((error: unknown) => failedReply(String(error)));
}

const problem = (status: number, error: string): PageReply =>
  reply(status, "json", JSON.stringify({ ok: false, error }));

const foundReply = (result: HistoryAnswer): PageReply =>
  "json" in result ? reply(200, "json", result.json) : problem(503, result.error);

async function got(
  { system, session, history, looks }: PageParts,
  name: string,
  request: PageRequest,
): Promise<PageReply> {
  const file = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
  if (file) return fileReply(system, ...file);
  switch (name) {
    case "events":
      return {
        ...jsonReply(null),
        stream: (peer) => {
          looks.begun(peer);
          session.flushLogs();
          peer.send(session.snapshot());
          session.follow(peer);
        },
      };
    case "lines": {
      const query = lineQueryOf(request.query);
      if (typeof query === "string") return problem(400, query);
      session.flushLogs();
      return foundReply(await history.lines(query, request.gone));
    }
    case "saves":
      session.flushLogs();
      return foundReply(await history.saves(request.gone));
    case "requests": {
      const after = queryNumber(request.query, "after");
      if (Number.isNaN(after)) return problem(400, "after: expected a whole number");
      session.flushLogs();
      return foundReply(await history.requests(after, request.gone));
    }
    case "sessions":
      return jsonReply(await listSessions(system, session.id));
    case "environment":
      return jsonReply(session.environment(request.query.get("app") ?? ""));
    case "branch":
      return jsonReply({ branch: await branchAt(system.files, session.root) });
    default:
      return problem(404, "there is nothing here");
  }
}

async function fileReply({ files }: MachineSystem, file: string, type: Type): Promise<PageReply> {
  const text = await files.read(builtFile(`web/${file}`));
  return text === null ? problem(404, `${file} is missing from this installation`) : reply(200, type, text);
}

async function posted({ system, session }: PageParts, name: string, request: PageRequest): Promise<PageReply> {
  if (name !== "ask" && name !== "open") return problem(404, "there is nothing here");
  if (request.header("content-type") !== "application/json") return problem(415, "expected application/json");
  const body = await request.body();
  if (body === null) return problem(413, "too long");
  if (name === "open") return jsonReply(await openOther(system, idIn(body)));
  const read = readFrame(body);
  if (!read.ok) return problem(400, read.error);
  if (!isOffered(read.frame)) return problem(400, `the page cannot ask for "${read.frame.op}"`);
  return jsonReply(await session.ask(read.frame, request.gone));
}

type Offered = Extract<Request, { op: (typeof PAGE_OPERATIONS)[number] }>;

const isOffered = (frame: { op: string }): frame is Offered => PAGE_OPERATIONS.some((op) => op === frame.op);

/** "" where it names none. */
function idIn(body: string): string {
  try {
    const id = (JSON.parse(body) as { id?: unknown } | null)?.id;
    return typeof id === "string" ? id : "";
  } catch {
    return "";
  }
}
