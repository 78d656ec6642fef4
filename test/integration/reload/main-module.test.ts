import { existsSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { pythonWith } from "../../rigs/python.ts";
import { compared, valued } from "./plain.ts";
import { fixture } from "../../rigs/fixtures.ts";
import { until } from "../../rigs/wait.ts";
import { FLASK, startWarm } from "./rig.ts";

const VERSIONS = path.join(process.env.PYENV_ROOT ?? "/root/.pyenv", "versions");
const OLDEST = path.join(VERSIONS, "3.9.18/bin/python");
const NEWEST = path.join(VERSIONS, "3.13.0/bin/python");

beforeAll(async () => {
  await pythonWith(FLASK);
  for (const python of [OLDEST, NEWEST]) if (existsSync(python)) await pythonWith(FLASK, python);
}, 600_000);

const MAIN = fixture("reload/main_module.py");
const files = (...places: string[]): Record<string, string> => ({
  ...valued("first"),
  ...Object.fromEntries(places.map((place) => [place, MAIN])),
});

const READS_IT = `from importlib.util import module_from_spec, spec_from_file_location

spec = spec_from_file_location("outer", "value.py")
outer = module_from_spec(spec)
spec.loader.exec_module(outer)
VALUE = outer.VALUE
`;

describe("the program's main module, and the pools it starts", { timeout: 480_000 }, () => {
  it.for([
    ["python FILE", files("server.py"), ["server.py", "a", "$PORT"]],
    ["python ./FOLDER/../FILE", files("server.py", "x/y.py"), ["./x/../server.py", "$PORT"]],
    ["python -m PACKAGE", files("shop/__init__.py", "shop/__main__.py"), ["-m", "shop", "$PORT"]],
    ["python -m PACKAGE.MODULE", files("shop/__init__.py", "shop/server.py"), ["-m", "shop.server", "$PORT"]],
    // a folder that is run has only itself on its path
    ["python FOLDER", { ...files("place/__main__.py"), "place/value.py": READS_IT }, ["./place", "$PORT"]],
    ["python -c", files("x.py"), ["-c", MAIN, "$PORT"]],
  ] as const)("%s", async ([, all, program], ctx) => {
    const seen = await compared(ctx, { files: all, program }, { hasReloader: false });
    const { main, pools } = JSON.parse(seen.last ?? "") as { main: { is_main: boolean }; pools: { fork: unknown[] } };
    expect(main.is_main).toBe(true);
    expect(pools.fork).toEqual([1, 2, 3].map((job) => ["__main__", "__main__", "save-10-", job]));
  });

  it.for([OLDEST, NEWEST])("%s", async (python, ctx) => {
    ctx.skip(!existsSync(python), `${python} is not there`);
    const program = ["server.py", "$PORT"];
    await compared(ctx, { python, files: files("server.py"), program }, { hasReloader: false });
  });

  it("a file that is not there", async (ctx) => {
    const warm = await startWarm(ctx, { files: {}, program: ["no-such.py"] });
    const crashed = await warm.told("crashed");
    expect(crashed.exitCode).toBe(2);
    const said = `can't open file '${warm.root}/no-such.py': [Errno 2] No such file or directory`;
    await until("the interpreter's own words", () => warm.output().includes(said), { describe: warm.output });
  });
});
