import type { Stamped } from "../../model/events.ts";
import type { Status } from "../../model/status.ts";
import { bannerLines } from "../../ui/banner.ts";
import { createJsonUi } from "../../ui/json.ts";
import { colorsFor, print, type CommandContext } from "../shared/context.ts";

interface JoinedSession {
  status: Status;
  /** How long it took until all was ready. */
  ms: number;
  json: boolean;
  /** Where its page is, if that was asked for. */
  page: string | null;
  at: string;
}

/** The addresses of a session that ran already, as its own start shows them. */
export async function showJoined(
  context: CommandContext,
  { status, ms, json, page, at }: JoinedSession,
): Promise<void> {
  const { out } = context.terminal;
  const { project, apps, infra, session } = status;
  if (json) {
    const ui = createJsonUi(out, context.asTyped);
    const ready = apps.map(({ name, url }): Stamped => ({ event: "app.ready", at, app: name, url, ms }));
    if (page !== null) ui.event({ event: "notice", at, text: page });
    for (const event of [...ready, { event: "session.ready", at, ms } as const]) ui.event(event);
    return;
  }
  const facts = {
    project,
    ...(status.worktree ? { worktree: status.worktree.name } : {}),
    ms,
    apps,
    infra: infra.map(({ service }) => service),
    missing: [],
    joined: true,
    detached: session?.detached ?? true,
    asTyped: context.asTyped,
  };
  print(out, bannerLines(facts, out.columns, await colorsFor(context, "out")));
  if (page !== null) print(out, [page]);
}
