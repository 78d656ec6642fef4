import { expect } from "vitest";
import type { Seen } from "../rigs/processes.ts";
import type { Terminal } from "../rigs/terminal.ts";
import { until } from "../rigs/wait.ts";
import { type Place, EVERY_SHAPE, python, web } from "./rig.ts";
import { rows } from "./rows.ts";

const WHOLE_TASK = [/app\.py 0/, /^sleep 4001/, /^sleep 4002/, /^sleep 4003/, /^sleep 4004/, /--be title/];

/** A session whose task runs, with every shape of process below it; what waits for it is not started. */
async function migrating(place: Place, ...shapes: string[]): Promise<{ session: Terminal; cli: Seen }> {
  const { command } = python(0, ...shapes) as { command: string[] };
  place.config({ web: { ...web, dependsOn: ["migrate"] } }, { tasks: { migrate: { run: command } } });
  const session = await place.dev();
  // in the footer
  await session.waitFor(/migrate ◌ runs/);
  for (const part of shapes.length > 0 ? WHOLE_TASK : WHOLE_TASK.slice(0, 1)) await place.one(part);
  return { session, cli: await place.one(/bin\/devpm\.js dev/) };
}

rows({
  "Ctrl+C while a task runs": async (place) => {
    const { session } = await migrating(place, ...EVERY_SHAPE);
    session.write("\x03");
    expect(await session.ended()).toEqual({ code: 130, signal: null });
    place.clean();
    expect(session.output()).toMatch(/stopped migrate in/);
  },

  "SIGKILL of the CLI while a task runs": async (place) => {
    const { cli } = await migrating(place, ...EVERY_SHAPE);
    await place.stroke("SIGKILL", cli);
    await until("it to be gone", () => !place.alive(cli));
    await place.becomesClean();
  },

  "SIGKILL of the CLI and the PM2 daemon while a task runs": async (place) => {
    const { cli } = await migrating(place, ...EVERY_SHAPE);
    const { daemon } = await place.parts();
    await place.stroke("SIGKILL", cli, daemon);
    await place.becomesClean();
  },

  "devpm stop of a task that runs": async (place) => {
    const { session } = await migrating(place);
    const done = await place.devpm("stop", "migrate");
    expect(done.code).toBe(0);
    expect(place.named(/app\.py 0/)).toEqual([]);
    session.write("\x03");
    expect(await session.ended()).toEqual({ code: 130, signal: null });
    place.clean();
  },
});
