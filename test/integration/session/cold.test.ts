import { execFileSync } from "node:child_process";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { type TestContext, expect, it } from "vitest";
import { parseJson, statusShape } from "../../rigs/contract.ts";
import { ask } from "../../rigs/http.ts";
import { freePort } from "../../rigs/ports.ts";
import { openProject } from "../../rigs/project.ts";
import { until } from "../../rigs/wait.ts";
import { fixture } from "../../rigs/fixtures.ts";

/** Answers with what its set-up made, and with a variable of its .env file. */
const SERVER = fixture("session/made_by_setup.py");

/** A session of one warm app that is ready; `answer` in words: what its set-up made, its variable, its two processes. */
async function openWarm(ctx: TestContext, settings: object, files: Record<string, string>) {
  const port = await freePort();
  const app = { command: "python3 server.py", port, reload: "warm", ...settings };
  const config = JSON.stringify({ apps: { backend: app } });
  const project = await openProject(ctx, { files: { "server.py": SERVER, ...files, "ecosystem.config.json": config } });
  const dev = project.start(["dev"]);
  await dev.waitFor(/ready in/);
  const answer = async (): Promise<string[]> => (await ask(`http://127.0.0.1:${port}/`)).body.split(" ");
  const end = async (): Promise<void> => {
    dev.kill("SIGINT");
    expect(await dev.ended()).toMatchObject({ code: 130 });
  };
  return { project, dev, answer, end };
}

it("what needs more than a fork starts the app anew, its set-up first, and is said in one line", async (ctx) => {
  const setup = [{ run: "cp requirements.txt made.txt", inputs: ["requirements.txt"] }];
  const { project, dev, answer, end } = await openWarm(
    ctx,
    { envFile: "settings.env", setup },
    { "requirements.txt": "first\n", "settings.env": "WORD=one\n" },
  );
  const untilAnswers = (made: string, word: string): Promise<unknown> =>
    until(`"${made} ${word}"`, async () => {
      const [first, second] = await answer().catch(() => []);
      return first === made && second === word;
    });
  await untilAnswers("first", "one");
  const [, , holder] = await answer();

  project.write("requirements.txt", "second\n");
  await untilAnswers("second", "one");
  await dev.waitFor(/backend restarts: requirements\.txt changed/);
  expect((await answer())[2]).not.toBe(holder);

  project.write("settings.env", "WORD=two\n");
  await untilAnswers("second", "two");
  await dev.waitFor(/backend restarts: [^]*backend restarts: /);
  expect(dev.stdout.text().match(/backend restarts: /g)).toHaveLength(2);

  // a crash says what it was: code that does not import, or the signal that ended it
  project.write("server.py", `import nothing_of_that_name\n${SERVER}`);
  await dev.waitFor(/backend stopped: its code does not import/);
  project.write("server.py", SERVER);
  await untilAnswers("second", "two");
  process.kill(Number((await answer())[3]), "SIGKILL");
  await dev.waitFor(/backend stopped: it was ended by SIGKILL/);
  await untilAnswers("second", "two");
  await until("it to be ready again", async () => {
    const { apps } = parseJson(statusShape, (await project.devpm(["status", "--json"])).stdout);
    return apps[0]?.state === "ready" && apps[0].pid === Number((await answer())[3]);
  });

  await end();
});

it("what changes again while its set-up runs is set up too, and a wait returns only then", async (ctx) => {
  const run = "cp requirements.txt read.txt; while test -e hold; do sleep 0.02; done; cp read.txt made.txt";
  const setup = [{ run, inputs: ["requirements.txt"] }];
  const { project, answer, end } = await openWarm(
    ctx,
    { env: { WORD: "one" }, setup },
    { "requirements.txt": "first\n" },
  );
  for (const round of [1, 2, 3]) {
    project.write("hold", "");
    project.write("requirements.txt", `half ${round}\n`);
    await until("the set-up to have begun", () => project.read("read.txt") === `half ${round}\n`);
    project.write("requirements.txt", `whole-${round}\n`);
    rmSync(project.path("hold"));
    expect(await project.devpm(["wait", "--for", "reload", "--timeout", "50"])).toMatchObject({ code: 0 });
    expect((await answer())[0]).toBe(`whole-${round}`);
  }
  await end();
});

it("a wait tells what could not be installed, of the app that runs on, and follows one input by its name", async (ctx) => {
  const setup = [{ run: "grep -q . requirements.txt && cp requirements.txt made.txt", inputs: ["requirements.txt"] }];
  const { project, answer, end } = await openWarm(
    ctx,
    { env: { WORD: "one" }, setup },
    { "requirements.txt": "first\n" },
  );
  const wait = (...more: string[]) => project.devpm(["wait", "--for", "reload", "--timeout", "50", ...more]);

  project.write("requirements.txt", "");
  const told = await wait();
  expect([told.code, told.stderr]).toEqual([1, expect.stringContaining("backend runs with what was installed before")]);
  expect((await answer())[0]).toBe("first");
  // its code is as live as ever
  project.write("server.py", `${SERVER}\n`);
  expect(await wait("backend", "--file", "server.py")).toMatchObject({ code: 0 });

  project.write("requirements.txt", "second\n");
  expect(await wait("backend", "--file", "requirements.txt")).toMatchObject({ code: 0 });
  expect((await answer())[0]).toBe("second");
  expect(await wait()).toMatchObject({ code: 0 });
  await end();
});

it("a reload of the python that a restart replaces does not count for the next one", async (ctx) => {
  const slowly = (made: string): string =>
    SERVER.replace(`open("made.txt").read().strip()`, `"${made}"\nimport time; time.sleep(2)`);
  const { project, dev, answer, end } = await openWarm(
    ctx,
    { envFile: "settings.env" },
    { "server.py": slowly("first"), "settings.env": "WORD=one\n" },
  );

  // the restart waits for its settings, as long as this test likes
  execFileSync("mkfifo", [project.path("settings.fifo")]);
  renameSync(project.path("settings.fifo"), project.path("settings.env"));
  await dev.waitFor(/backend restarts: settings.env changed/);
  project.write("server.py", slowly("second"));
  await until("the old python to have reloaded", async () => {
    const [made, word] = await answer();
    return made === "second" && word === "one";
  });
  writeFileSync(project.path("settings.env"), "WORD=two\n");

  await until("it to be ready", async () => {
    const { apps } = parseJson(statusShape, (await project.devpm(["status", "--json"])).stdout);
    return apps[0]?.state === "ready";
  });
  expect((await answer()).slice(0, 2)).toEqual(["second", "two"]);

  await end();
});
