import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test, type TestContext } from "vitest";
import { noDocker, removeComposeProject } from "../rigs/docker.ts";
import { pythonWith } from "../rigs/python.ts";
import type { Terminal } from "../rigs/terminal.ts";
import { GONE_MS, until } from "../rigs/wait.ts";
import { type Place, EVERY_SHAPE, inPlace, python, stateFolder, web } from "./rig.ts";
import { type Strike, strikeOf, targetOf, wordsOf } from "./strike.ts";

const IMAGE = "postgres:17";

/** Sessions; `npm run soak:kills` asks for 200. */
const KILLS = Number(process.env.KILLS ?? (process.env.CI === "true" ? 20 : 5));
/** Of the first session; the next ones count up. `KILLS_SEED=N KILLS=1` strikes the same again. CI draws none: the soak does. */
const SEED = Number(process.env.KILLS_SEED ?? (process.env.CI === "true" ? 0 : randomBytes(3).readUIntBE(0, 3)));
/** As many at once as the other rows of the table. */
const LANES = 2;

test(
  "any one process killed or stopped at a random moment of set-up, infra, start, reload or teardown",
  { timeout: 180_000 + KILLS * 120_000 },
  async (ctx) => {
    const unable = noDocker(IMAGE);
    ctx.skip(unable !== null, unable ?? "");
    const venv = await pythonWith(["flask==3.1.*"]);
    const seeds = Array.from({ length: KILLS }, (_, index) => SEED + index);
    const failures: string[] = [];
    const lane = async (): Promise<void> => {
      for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
        const failure = await oneSession(ctx, strikeOf(seed), venv);
        if (failure !== null) failures.push(failure);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    expect(failures.length, failures.join("\n========\n")).toBe(0);
  },
);

/** null: the session kept its promises; else the whole story. */
async function oneSession(ctx: TestContext, strike: Strike, venv: string): Promise<string | null> {
  let what = "a process";
  const registry = await silentRegistry();
  const stack = `chaos${randomBytes(4).toString("hex")}`;
  try {
    await inPlace(ctx, 0, async (place) => {
      furnish(place, { venv, stack, image: strike.phase === "pull" ? registry.image : IMAGE });
      const session = await place.dev();
      await reached(place, session, strike);
      what = await struck(place, strike);
      await ended(session, strike);
      await place.becomesClean([], GONE_MS);
      await nextOneWorks(place, { venv, stack, image: IMAGE });
    });
    console.log(wordsOf(strike, what));
    return null;
  } catch (error) {
    const story = `${wordsOf(strike, what)}: ${(error as Error).message}`;
    console.error(story);
    return story;
  } finally {
    registry.server.close();
    removeComposeProject(stack);
  }
}

interface Furniture {
  venv: string;
  stack: string;
  image: string;
}

const appText = (answer: number): string =>
  `from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get("/")\ndef index():\n    return "${answer}"\n`;

/** Every kind of process there is: a warm Python behind a step and a service, a server, and an app of every shape. */
function furnish(place: Place, { venv, stack, image }: Furniture): void {
  mkdirSync(path.join(place.root, "shop"), { recursive: true });
  writeFileSync(path.join(place.root, "shop/__init__.py"), "");
  writeFileSync(path.join(place.root, "shop/app.py"), appText(0));
  const db = { image, init: true, network_mode: "none", stop_grace_period: "0s", entrypoint: ["sleep", "100000"] };
  writeFileSync(path.join(place.root, "compose.yml"), JSON.stringify({ name: stack, services: { db } }));
  const flask = path.join(venv, "bin/flask");
  place.config(
    {
      backend: {
        command: [flask, "--app", "shop.app", "run", "--port", "$PORT"],
        port: 5050,
        dependsOn: ["db"],
        reload: "warm",
        graceMs: 500,
        setup: [{ run: ["sh", "-c", "sleep 4010 & sleep 1; kill $!"], inputs: ["shop/app.py"] }],
      },
      web,
      worker: python(0, ...EVERY_SHAPE),
    },
    { infra: { compose: "compose.yml", services: ["db"] } },
  );
}

/** Waits for the phase to begin, then for the moment in it. */
async function reached(place: Place, session: Terminal, { phase, moment }: Strike): Promise<void> {
  const lasts: Record<Strike["phase"], number> = {
    start: 4_000,
    "set-up": 1_000,
    infra: 1_500,
    pull: 1_500,
    running: 1_500,
    reload: 120,
    teardown: 300,
  };
  if (phase === "start") await place.one(/bin\/devpm\.js dev/);
  else if (phase === "set-up") await place.one(/sleep 4010/);
  else if (phase === "infra") await place.one(/--detach --no-recreate db/);
  else if (phase === "pull") await place.one(/plain pull db/);
  else await session.waitFor(/ready in/);
  if (phase === "reload") {
    // where libraries were not loaded before, the reload is a start of a second
    await until("a template", () => place.named(/prefork\/__main__\.py/).length > 1);
    writeFileSync(path.join(place.root, "shop/app.py"), appText(1));
  }
  if (phase === "teardown") session.write("\x03");
  await delay(moment * lasts[phase]);
}

/** What was struck; proved to have been. */
async function struck(place: Place, strike: Strike): Promise<string> {
  const target = targetOf(strike, place);
  if (target === null) return "nothing that was left";
  const { kind, seen } = target;
  if (strike.stoppedMs === null) {
    await place.stroke("SIGKILL", seen);
    await until(`the end of the ${kind}`, () => !place.alive(seen));
    return kind;
  }
  await place.stroke("SIGSTOP", seen);
  await delay(strike.stoppedMs);
  await place.stroke("SIGCONT", seen);
  return kind;
}

/** It is told how it is with the session, whatever that is; then its end is asked for where it has not come. */
async function ended(session: Terminal, { phase }: Strike): Promise<void> {
  let over = false;
  const ends = (): void => void (over = true);
  void session.exit.then(ends, ends);
  const settled = phase === "pull" ? /pulling/ : /ready in|✖/;
  await until("the session to be ready, to say why not, or to end", () => over || settled.test(session.output()), {
    describe: () => session.output(),
  });
  if (!over && phase !== "teardown") session.write("\x03");
  await session.ended();
}

async function nextOneWorks(place: Place, furniture: Furniture): Promise<void> {
  furnish(place, furniture);
  const next = await place.dev();
  await next.waitFor(/ready in/);
  next.write("\x03");
  expect((await next.ended()).code).toBe(130);
  place.clean();
  expect(readdirSync(path.join(stateFolder(place), "env"))).toEqual([]);
}

/** Accepts, and never answers: a pull from it does not end by itself. */
async function silentRegistry(): Promise<{ server: Server; image: string }> {
  const server = createServer((socket) => socket.on("error", () => {}));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return { server, image: `127.0.0.1:${port}/never:1` };
}
