import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import { type Terminal, PYTHON } from "../rigs/terminal.ts";
import { until } from "../rigs/wait.ts";
import { type Place, web } from "./rig.ts";
import { rows } from "./rows.ts";

/** A warm Python whose worker has a child and waits at a prompt; beside it a plain one that waits at its own. */
async function asking(place: Place): Promise<Terminal> {
  const program = (name: string, more: string): void =>
    writeFileSync(path.join(place.root, name), `import subprocess\n${more}\nbreakpoint()\nprint("went on")\n`);
  program("warm.py", 'subprocess.Popen(["sleep", "4001"])');
  program("plain.py", 'subprocess.Popen(["sleep", "4002"])');
  place.config({
    asks: { command: [PYTHON, "warm.py"], reload: "warm", graceMs: 500 },
    plain: { command: [PYTHON, "plain.py"], reload: false, graceMs: 500 },
    web,
  });
  const session = await place.dev();
  await session.waitFor(/asks waits at a prompt, warm\.py:/);
  await session.waitFor(/plain waits at a prompt, plain\.py:/);
  await place.one(/^sleep 4001/);
  await place.one(/^sleep 4002/);
  return session;
}

rows({
  "Ctrl+C while an app is at a prompt": async (place) => {
    const session = await asking(place);
    session.write("\x03");
    expect(await session.ended()).toEqual({ code: 130, signal: null });
    place.clean();
    expect(session.output()).not.toMatch(/\| went on/);
  },

  "SIGKILL of the CLI while an app is at a prompt": async (place) => {
    await asking(place);
    const cli = await place.one(/bin\/devpm\.js dev/);
    await place.stroke("SIGKILL", cli);
    await until("it to be gone", () => !place.alive(cli));
    await place.becomesClean();
  },
});
