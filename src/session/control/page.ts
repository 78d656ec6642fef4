import { editorOf } from "../../page/editors.ts";
import type { OpenPage } from "../../page/open.ts";
import type { PageSnapshot, ShownVariable } from "../../model/page.ts";
import { isPlain } from "../../plan/secrecy.ts";
import { sourceInWords } from "../../plan/variables.ts";
import type { System } from "../../system/system.ts";
import type { ControlOptions } from "./options.ts";
import { answer, follow, type Served } from "./requests.ts";
import { statusOf } from "./status-of.ts";
import { pageIs } from "./page-words.ts";

/** The page of the session. Nothing of it is loaded, and no port is open, before it is asked for. */
export interface SessionPage {
  /** A link that opens it once. */
  url(): Promise<string>;
  close(): Promise<void>;
}

export function pageOf(system: System, options: ControlOptions, served: () => Served): SessionPage {
  let opening: Promise<OpenPage> | null = null;
  let isOver = false;
  const open = async (): Promise<OpenPage> => {
    const { openPage } = await import("../../page/open.ts");
    return openPage(system, {
      id: options.lock.record.id,
      root: options.request.instance.root,
      logs: options.request.instance.logs,
      snapshot: () => snapshotOf(system, options),
      follow: (peer) => follow(served(), true, peer),
      environment: (app) => environmentOf(options, app),
      flushLogs: () => options.logs.flush(),
      ask: (request, gone) => answer(served(), request, gone),
    });
  };
  return {
    async url() {
      if (isOver) throw new Error("the session is ending");
      opening ??= open().catch((error: unknown) => {
        opening = null;
        throw error;
      });
      return (await opening).url();
    },
    async close() {
      isOver = true;
      await (await opening?.catch(() => null))?.close();
    },
  };
}

/** `devpm dev --ui`: what the terminal shows of it. */
export async function announce(page: SessionPage, notify: (text: string) => void): Promise<void> {
  const text = await page
    .url()
    .then(pageIs, (error: unknown) => `the page of this session cannot be served: ${String(error)}`);
  notify(text);
}

/** What may be a secret does not leave the engine. */
function environmentOf({ apps, request }: ControlOptions, app: string): ShownVariable[] {
  return (apps()?.environment(app) ?? []).map((variable) => ({
    name: variable.name,
    value: isPlain(variable) ? variable.value : null,
    from: sourceInWords(variable.source, request.instance.root),
  }));
}

function snapshotOf({ clock, environment }: System, options: ControlOptions): PageSnapshot {
  const { lock, model, project } = options;
  const now = clock.now();
  const { groups = {}, apps = [], tasks = [] } = project() ?? {};
  return {
    event: "page.snapshot",
    at: now.toISOString(),
    status: statusOf({ record: lock.record, model: model(), groups, now, measured: new Map() }),
    errors: model().errors,
    needs: Object.fromEntries(
      [...apps, ...tasks].map(({ name, dependsOn }) => [name, Object.values(dependsOn).flat()]),
    ),
    editor: editorOf(environment.shell),
  };
}
