import type { Infra } from "../../infra/infra.ts";
import { ok, type Outcome } from "../../diagnostics/outcome.ts";
import type { App, References } from "../../model/project.ts";
import type { System } from "../../system/system.ts";
import { unlessAborted } from "../../util/abort.ts";
import type { SessionContext } from "../context.ts";
import type { AppProcess } from "./app-run.ts";
import type { Explainer } from "./crash/explainer.ts";
import type { Launcher } from "./launcher.ts";
import { without, type LoopGuard } from "./loop-guard.ts";
import type { Member } from "./member.ts";
import type { Prepare } from "./preparing.ts";
import type { StartOrder } from "./start-order.ts";

/** How an app is started: for the first time, once what it depends on is there, and each time under PM2. */
export interface AppStarter {
  /** Waits for its dependencies, sets it up, starts it, and returns when it is ready for the first time. */
  bring(member: Member): Promise<void>;
  /** Its process, under PM2, in place of the one before. */
  launch(member: Member): Promise<Outcome<AppProcess>>;
}

interface AppStarterOptions extends Pick<SessionContext, "stream" | "stopping"> {
  infra: Infra;
  launcher: Launcher;
  explainer: Explainer;
  loops: LoopGuard;
  order: StartOrder;
  prepare: Prepare;
  member: (name: string) => Member | undefined;
  tasksDone: (app: App) => Promise<unknown>;
  references: () => References;
}

export function createAppStarter({ clock }: Pick<System, "clock">, options: AppStarterOptions): AppStarter {
  const { stream, stopping, infra, launcher, explainer, loops, order, prepare, references } = options;

  /** A failed service may be fixed while the session runs: the app starts then. */
  async function usable({ run }: Member, service: string): Promise<void> {
    const found = await infra.ready(service);
    if (found.ok || stopping.aborted) return;
    stream.emit({ event: "app.failed", app: run.app.name, reason: `it waits for ${service}`, service });
    await infra.recovered(service);
  }

  return {
    async bring(member) {
      const over = [stopping, member.on.signal];
      const isOver = (): boolean => over.some((signal) => signal.aborted);
      const { app } = member.run;
      const apps = app.dependsOn.apps.map((name) => options.member(name)?.ready.promise);
      const services = app.dependsOn.services.map((service) => usable(member, service));
      const beforehand = prepare(member);
      await unlessAborted(Promise.all([options.tasksDone(app), ...apps, ...services]), ...over);
      member.waits = false;
      if (isOver()) return;
      // its configuration may have changed meanwhile
      const prepared = member.run.app === app ? beforehand : prepare(member);
      if ((await prepared) && !isOver()) await member.run.start();
      await unlessAborted(member.ready.promise, ...over);
    },
    async launch({ run, process, reporter, launching }) {
      // PM2 is asked one thing at a time of an app
      const undo = await reporter.replacedAfter(launching);
      // once PM2 has been asked to start it
      void clock.sleep(0).then(() => explainer.lookAround(run.app));
      let isLaunched = false;
      try {
        await loops.pause(run.app, () => process.remove(run.app.graceMs));
        await order.turn(run.app.name);
        const watched = without(run.app, loops.unwatched(run.app.name));
        const prepared = await launcher.prepare(watched, references());
        if (!prepared.ok) return prepared;
        const started = await process.run(run.app, prepared.value);
        loops.started(run.app, started.pid);
        isLaunched = true;
        return ok(started);
      } finally {
        // else the running process stays, and so do its reports
        if (!isLaunched) undo();
      }
    },
  };
}
