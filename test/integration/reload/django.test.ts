import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { pythonWith } from "../../rigs/python.ts";
import { until } from "../../rigs/wait.ts";
import { compared, valued } from "./plain.ts";
import { type Warm, type WarmOptions, startWarm } from "./rig.ts";

const DJANGO = ["django==5.2.*", "channels", "daphne", "django-extensions", "werkzeug"];
const VERSIONS = path.join(process.env.PYENV_ROOT ?? "/root/.pyenv", "versions");
const OLDER = ["3.2", "4.2"].map((django) => ({
  requirements: [`django==${django}.*`],
  python: path.join(VERSIONS, "3.9.18/bin/python"),
}));

beforeAll(async () => {
  await pythonWith(DJANGO);
  for (const { requirements, python } of OLDER) if (existsSync(python)) await pythonWith(requirements, python);
}, 900_000);

const PROJECT = path.resolve(import.meta.dirname, "../../fixtures/reload/django");
const project = (): Record<string, string> => {
  const files = readdirSync(PROJECT, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const named = files.map(({ parentPath, name }) => path.relative(PROJECT, path.join(parentPath, name)));
  return {
    ...valued("first"),
    "pages/templates/page.html": "one, by {{ pid }}",
    ...Object.fromEntries(named.map((file) => [file, readFileSync(path.join(PROJECT, file), "utf8")])),
  };
};

const RUNSERVER = ["manage.py", "runserver", "$PORT"];
const options = (more: Partial<WarmOptions> = {}): WarmOptions => ({
  requirements: DJANGO,
  files: project(),
  program: RUNSERVER,
  ...more,
});

/** It answers once in each worker, whatever its number. */
const pageOf = async (warm: Warm): Promise<{ text: string; pid: string }> => {
  const [text = "", pid = ""] = (await warm.get("/page")).body.split(", by ");
  return { text, pid };
};

describe("the same as under manage.py's own reloader", { timeout: 480_000 }, () => {
  it.for([
    ["runserver", {}, "true"],
    ["runserver with settings by the environment", { env: { DJANGO_SETTINGS_MODULE: "shop.settings_dev" } }, "true"],
    ["runserver with settings by a flag", { program: [...RUNSERVER, "--settings", "shop.settings_dev"] }, "true"],
    ["Daphne's runserver", { env: { FIRST_APPS: "daphne" } }, "true"],
    ["runserver --noreload's environment", { program: [...RUNSERVER, "--noreload"], once: true }, null],
    [
      "runserver_plus",
      { program: ["manage.py", "runserver_plus", "$PORT"], env: { FIRST_APPS: "django_extensions" } },
      null,
    ],
  ] as const)("%s", async ([name, more, main], ctx) => {
    if ("once" in more) {
      const warm = await startWarm(ctx, options({ program: more.program }));
      expect(JSON.parse((await warm.untilBody("first")).body)).toMatchObject({ begun: [null] });
      return;
    }
    const seen = await compared(ctx, options(more));
    const settings = name.includes("settings") ? "dev" : "settings";
    for (const body of Object.values(seen)) expect(JSON.parse(body)).toMatchObject({ begun: [main], settings });
  });

  it.for(OLDER)("$requirements", async ({ requirements, python }, ctx) => {
    ctx.skip(!existsSync(python), `${python} is not there`);
    const seen = await compared(ctx, options({ requirements, python }));
    expect(JSON.parse(seen.last ?? "")).toMatchObject({ begun: ["true"] });
  });
});

describe("Daphne", () => {
  it("answers what is in flight while the next worker comes, and refuses nothing", async (ctx) => {
    const views = `${project()["pages/views.py"]}\n\ndef slow(request):\n    import time\n\n    print("begun with", VALUE, flush=True)\n    time.sleep(1.5)\n    return JsonResponse({"slow": VALUE})\n`;
    const urls = (project()["shop/urls.py"] ?? "").replace("]", `, path("slow", views.slow)]`);
    const files = { ...project(), "pages/views.py": views, "shop/urls.py": urls };
    const warm = await startWarm(ctx, options({ files, env: { FIRST_APPS: "daphne" } }));
    await warm.untilBody("first");
    for (const [before, after] of [
      ["first", "second"],
      ["second", "third"],
    ] as const) {
      const slow = warm.get("/slow");
      await until("the slow request to be in flight", () => warm.output().includes(`begun with ${before}`));
      warm.write("value.py", valued(after)["value.py"] ?? "");
      // each of these is answered: a refused one would throw
      let body = "";
      while (!body.includes(after)) body = (await warm.get("/")).body;
      expect((await slow).body).toBe(`{"slow": "${before}"}`);
    }
    expect(await warm.allSoFar("crashed")).toEqual([]);
  });
});

describe("what Django reads besides Python", () => {
  it.for([
    ["runserver", RUNSERVER, {}],
    ["Daphne's runserver", RUNSERVER, { FIRST_APPS: "daphne" }],
    ["runserver_plus", ["manage.py", "runserver_plus", "$PORT"], { FIRST_APPS: "django_extensions" }],
  ] as const)("%s shows a saved template by the worker that has cached it", async ([, program, env], ctx) => {
    const warm = await startWarm(ctx, options({ program, env }));
    await warm.untilBody("first");
    const before = await pageOf(warm);
    expect(before.text).toBe("one");
    for (const text of ["two", "three"]) {
      warm.writeByRename("pages/templates/page.html", `${text}, by {{ pid }}`);
      const after = await until(`the template to show ${text}`, async () => {
        const page = await pageOf(warm);
        return page.text === text ? page : null;
      });
      expect(after.pid).toBe(before.pid);
    }
    expect(warm.all("reloading")).toEqual([]);
  });

  it("a template shows after a reload, too, and one in a folder of its own", async (ctx) => {
    const settings = project()["shop/settings.py"]?.replace(`"APP_DIRS": True`, `"DIRS": [BASE_DIR / "html"]`) ?? "";
    const files = { ...project(), "shop/settings.py": settings, "html/page.html": "one, by {{ pid }}" };
    const warm = await startWarm(ctx, options({ files, options: ["--watch", "pages", "--watch", "shop"] }));
    await warm.untilBody("first");
    await pageOf(warm);
    warm.write("value.py", valued("second")["value.py"] ?? "");
    await warm.untilBody("second");
    expect((await pageOf(warm)).text).toBe("one");
    warm.write("html/page.html", "two, by {{ pid }}");
    await until("the template to show", async () => (await pageOf(warm)).text === "two");
  });

  it("what the project has named to the reloader, and does not deal with itself, reloads", async (ctx) => {
    const warm = await startWarm(ctx, options());
    await warm.untilBody("first");
    warm.write("data/data.txt", "second\n");
    await warm.untilBody(String.raw`"data": "second\n"`);
    const [reloaded] = await warm.reloads(1);
    expect(reloaded?.file).toBe("data/data.txt");
  });

  it("settings that do not load are shown, and mended by the next save", async (ctx) => {
    const warm = await startWarm(ctx, options());
    await warm.untilBody("first");
    const settings = project()["shop/settings.py"] ?? "";
    warm.write("shop/settings.py", `${settings}\nraise RuntimeError("no such setting")\n`);
    const crashed = await warm.told("crashed");
    expect(crashed.excerpt.join("\n")).toContain("no such setting");
    expect(crashed.excerpt.join("\n")).toContain("shop/settings.py");
    expect((await warm.get("/")).status).toBe(503);
    warm.write("shop/settings.py", settings);
    await warm.untilBody("first");
    expect(warm.all("crashed")).toHaveLength(1);
  });
});
