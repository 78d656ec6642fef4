import { renameSync, rmSync, symlinkSync } from "node:fs";
import { expect, it, type TestContext } from "vitest";
import { ask } from "../../rigs/http.ts";
import { freePort } from "../../rigs/ports.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import { until } from "../../rigs/wait.ts";

const SERVER = `
import { createServer } from "node:http";
createServer((_, response) => response.end(process.env.WORD + " " + process.pid)).listen(process.env.PORT, "127.0.0.1");
`;

interface Running {
  project: Project;
  dev: ReturnType<Project["start"]>;
  /** The word and the pid of an app. */
  answer(app: "one" | "two"): Promise<string[]>;
  /** `word` is what the env of `one` evaluates. */
  configure(words: Record<string, string>, more?: string, word?: string): void;
}

async function running(ctx: TestContext): Promise<Running> {
  const ports = { one: await freePort(), two: await freePort() };
  const config = (words: Record<string, string>, more = "", word = "WORDS.one"): string =>
    `import { defineConfig } from "devpm";
const WORDS = ${JSON.stringify(words)};
export default defineConfig({ apps: {
  one: { command: "node server.mjs", port: ${ports.one}, env: () => ({ WORD: ${word} }) },
  two: { command: "node server.mjs", port: ${ports.two}, env: { WORD: WORDS.two } },
  ${more}
} });
`;
  const words = { one: "first", two: "second" };
  const project = await openProject(ctx, { files: { "server.mjs": SERVER, "ecosystem.config.ts": config(words) } });
  const dev = project.start(["dev"]);
  await dev.waitFor(/ready in/);
  return {
    project,
    dev,
    answer: async (app) => (await ask(`http://127.0.0.1:${ports[app]}/`)).body.split(" "),
    configure: (changed, ...rest) => project.write("ecosystem.config.ts", config({ ...words, ...changed }, ...rest)),
  };
}

it("a saved configuration restarts the apps it changes, and no other", async (ctx) => {
  const { dev, answer, configure } = await running(ctx);
  const [, untouched] = await answer("two");
  configure({ one: "changed" });
  await until("the new word", async () => (await answer("one").catch(() => []))[0] === "changed");
  await dev.waitFor(/one restarts: its configuration changed/);
  expect(await answer("two")).toEqual(["second", untouched]);

  configure({ one: "changed", two: "other" });
  await until("the other's word", async () => (await answer("two").catch(() => []))[0] === "other");
  dev.kill("SIGINT");
  expect(await dev.ended()).toMatchObject({ code: 130 });
});

it("one that does not load is said and changes nothing; the next one counts", async (ctx) => {
  const { project, dev, answer, configure } = await running(ctx);
  const before = await answer("one");
  project.write("ecosystem.config.ts", "export default {{{");
  await dev.waitFor(/Everything still runs as it was configured before/);
  expect(await answer("one")).toEqual(before);
  configure({ one: "never" }, "", "undefined.word");
  await dev.waitFor(/one still runs as it was configured before: its new env fails: TypeError/);
  expect(await answer("one")).toEqual(before);
  configure({ one: "mended" }, `three: { command: "node server.mjs" },`);
  await dev.waitFor(/takes effect at the next devpm dev: three is new/);
  await until("the new word", async () => (await answer("one").catch(() => []))[0] === "mended");
  dev.kill("SIGINT");
  expect(await dev.ended()).toMatchObject({ code: 130 });
});

it("groups change with the configuration; what a task would change is said", async (ctx) => {
  const { project, dev, configure } = await running(ctx);
  const tasks = (run: string): string =>
    `}, tasks: { make: { run: "${run}", start: false } }, groups: { both: ["one", "two"]`;
  configure({}, tasks("true"));
  await dev.waitFor(/takes effect at the next devpm dev: the task make\n/);
  expect(await project.devpm(["stop", "both"])).toMatchObject({ code: 0 });
  const status = (await project.devpm(["status", "--json"])).stdout;
  expect(status).toContain('"both"');
  expect(status.match(/"stopped"/g)).toHaveLength(2);
  dev.kill("SIGINT");
  expect(await dev.ended()).toMatchObject({ code: 130 });
});

/** As `ln -sfn`, in one step. */
function pointTo(link: string, target: string): void {
  symlinkSync(target, `${link}.next`);
  renameSync(`${link}.next`, link);
}

it("a saved file that the configuration loads counts like a save of the configuration", async (ctx) => {
  const { project, dev, answer, configure } = await running(ctx);
  const loading = (from: string): void => {
    configure({}, "", "word");
    const text = project.read("ecosystem.config.ts");
    project.write("ecosystem.config.ts", `import { word } from "${from}";\n${text}`);
  };
  const answers = (word: string) =>
    until(`the word ${word}`, async () => (await answer("one").catch(() => []))[0] === word);
  const [, untouched] = await answer("two");
  project.write("parts/deep.json", '{ "word": "deep" }');
  project.write("parts/word.ts", 'import deep from "./deep.json";\nexport const word: string = deep.word;\n');
  loading("./parts/word");
  await answers("deep");
  project.write("parts/deep.json", '{ "word": "deeper" }');
  await answers("deeper");
  project.write("parts/word.ts", "export const word = {{;\n");
  await dev.waitFor(/parts\/word\.ts, which ecosystem\.config\.ts loads, has a syntax error/);
  await dev.waitFor(/Everything still runs as it was configured before/);
  project.write("parts/word.ts", 'export const word = "mended";\n');
  await answers("mended");
  // first the import, then the file
  loading("./parts/new");
  await dev.waitFor(/Cannot find module '\.\/parts\/new'/);
  project.write("parts/new.ts", 'export const word = "new";\n');
  await answers("new");
  // in a folder that is not there yet, and in one that was removed and made again
  loading("./later/deep/word");
  await dev.waitFor(/Cannot find module '\.\/later\/deep\/word'/);
  project.write("later/deep/word.ts", 'export const word = "later";\n');
  await answers("later");
  rmSync(project.path("later"), { recursive: true });
  project.write("later/deep/word.ts", 'export const word = "again";\n');
  await answers("again");
  loading("./parts/new");
  await answers("new");
  // a link that is pointed elsewhere, of a file and of the folder that it is in
  for (const name of ["a", "b"]) project.write(`set-${name}/word.ts`, `export const word = "${name}";\n`);
  for (const { link, first, next, request } of [
    { link: "link.ts", first: "set-a/word.ts", next: "set-b/word.ts", request: "./link" },
    { link: "set", first: "set-a", next: "set-b", request: "./set/word" },
  ]) {
    symlinkSync(first, project.path(link));
    loading(request);
    await answers("a");
    pointTo(project.path(link), next);
    await answers("b");
  }
  loading("./parts/new");
  await answers("new");
  // neither a file that is loaded no more, nor the same text again
  project.write("parts/word.ts", "export const word = ((;\n");
  project.write("parts/new.ts", 'export const word = "new";\n');
  configure({ one: "last" });
  await answers("last");
  const restarts = (): number => dev.stdout.text().match(/one restarts: its configuration changed/g)?.length ?? 0;
  await until("the line of the last restart", () => restarts() >= 13, { describe: () => dev.output() });
  expect(restarts()).toBe(13);
  expect(dev.stdout.text().match(/has a syntax error/g)).toHaveLength(1);
  expect(await answer("two")).toEqual(["second", untouched]);
  dev.kill("SIGINT");
  expect(await dev.ended()).toMatchObject({ code: 130 });
});

it("where it needs top-level await, a file that does not load ends nothing either", async (ctx) => {
  const config =
    'import { word } from "./word";\nawait 0;\nexport default { apps: { a: { command: "sleep 100", env: { word } } } };\n';
  const files = { "ecosystem.config.mts": config, "word.ts": 'export const word = "first";\n' };
  const project = await openProject(ctx, { files });
  const dev = project.start(["dev"]);
  await dev.waitFor(/ready in/);
  project.write("word.ts", 'export { word } from "./deep";\n');
  await dev.waitFor(/Cannot find module '\.\/deep'/);
  await dev.waitFor(/Everything still runs as it was configured before/);
  project.write("deep.ts", 'export const word = "mended";\n');
  await dev.waitFor(/a restarts: its configuration changed/);
  dev.kill("SIGINT");
  expect(await dev.ended()).toMatchObject({ code: 130 });
  expect(dev.stdout.text()).not.toContain("DEVPM_BUG");
});
