import { expect, test } from "vitest";
import { FASTAPI, VITE, found, packageJson } from "../layout.ts";

const CONCURRENTLY = { "main.py": FASTAPI, "ui/package.json": VITE };

/** The notes about what was seen and not taken, without their beginning. */
const notTaken = (files: Readonly<Record<string, string>>): string[] =>
  found(files).notes.flatMap((note) => /^not started, as it was not [^:]+: (.*)$/.exec(note)?.[1] ?? []);

const root = (dev: string, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  ...CONCURRENTLY,
  "package.json": packageJson({ dev, ...more }),
});

test.each([
  ["concurrently", `concurrently "uvicorn main:app" "node mock/server.js" "npm run dev --prefix ui"`],
  ["a shell's &", "uvicorn main:app & node mock/server.js & npm run dev --prefix ui"],
])("%s: what is neither a backend nor a front end is said", (_, dev) => {
  expect(notTaken(root(dev))).toEqual(["`node mock/server.js` (`dev`) (package.json:1)"]);
});

test.each(["run-p dev:*", "run-p dev:api dev:mail", 'concurrently "npm:dev:*"'])(
  "%s: the scripts that it names",
  (dev) => {
    const scripts = { "dev:api": "uvicorn main:app", "dev:mail": "mailpit", "dev:ui": "npm run dev --prefix ui" };
    expect(notTaken(root(dev, { ...scripts, mail: "mailhog" }))).toEqual(["`mailpit` (`dev:mail`) (package.json:1)"]);
  },
);

test("a script of another package that starts the backend is not said, one that starts something else is", () => {
  const dev = 'concurrently "pnpm --dir api dev" "pnpm --dir ui dev"';
  const files = (script: string) => ({ ...root(dev), "api/package.json": packageJson({ dev: script }) });
  expect(notTaken(files("uv run uvicorn main:app"))).toEqual([]);
  expect(notTaken(files("node server.js"))).toEqual(["`pnpm --dir api dev` (`dev`) (package.json:1)"]);
});

test("what prepares, a worker, and what is taken are not said", () => {
  expect(notTaken(root("rm -rf out && tsc -p . && npm run dev --prefix ui"))).toEqual([]);
  expect(
    notTaken({
      ...CONCURRENTLY,
      Procfile:
        "web: uvicorn main:app\nrelease: alembic upgrade head\nworker: celery -A tasks worker\nclock: python clock.py\n",
    }),
  ).toEqual(["`python clock.py` (`clock`) (Procfile:4)"]);
});

test("a proxy that is written literally comes with the line that follows its app; one that follows it does not", () => {
  const proxied = (target: string): string[] =>
    found({
      ...CONCURRENTLY,
      "ui/vite.config.ts": `export default { server: { proxy: { "/api": ${target} } } }`,
    }).notes;
  expect(proxied('"http://localhost:8000"')).toEqual([
    'the proxy follows backend to another port with `process.env.DEVPM_URL_BACKEND ?? "http://localhost:8000"` (ui/vite.config.ts:1)',
  ]);
  expect(proxied('process.env.DEVPM_URL_BACKEND ?? "http://localhost:8000"')).toEqual([]);
});

test("each app that a proxy names has its line, but one that it follows", () => {
  const notes = (shop: string): string[] =>
    found({
      "api/main.py": FASTAPI,
      "api/requirements.txt": "fastapi",
      "shop/main.py": FASTAPI,
      "shop/requirements.txt": "fastapi",
      "README.md": "`cd api && uvicorn main:app --port 8001`\n\n`cd shop && uvicorn main:app --port 8002`\n",
      "web/package.json": VITE,
      "web/vite.config.ts": `export default { server: { proxy: {\n"/api": "http://localhost:8001",\n"/shop": ${shop},\n"/ws": "http://localhost:8001" } } }`,
    }).notes.filter((note) => note.startsWith("the proxy"));
  const line = (app: string, port: number, at: number): string =>
    `the proxy follows ${app} to another port with \`process.env.DEVPM_URL_${app.toUpperCase()} ?? "http://localhost:${port}"\` (web/vite.config.ts:${at})`;
  expect(notes('"http://localhost:8002"')).toEqual([line("api", 8001, 2), line("shop", 8002, 3)]);
  expect(notes('process.env.DEVPM_URL_SHOP ?? "http://localhost:8002"')).toEqual([line("api", 8001, 2)]);
});

test.each([
  ["manage.py", 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{{ project_name }}.settings")\n'],
  ["pyproject.toml", '[project]\nname = "{{cookiecutter.slug}}"\n'],
  ["package.json", '{ "name": "{{ name | lower }}" }'],
])("a template of a repository is called one: %s", (file, text) => {
  expect(found({ "main.py": FASTAPI, [file]: text }).notes.join("\n")).toMatch(
    new RegExp(`^${file} has placeholders: this is a template`, "m"),
  );
  expect(found({ "main.py": FASTAPI, "package.json": '{ "name": "shop" }' }).notes.join()).not.toMatch(/template/);
});

test("a folder that is called by a placeholder makes a template, where what it holds is started", () => {
  const notes = (files: Readonly<Record<string, string>>): string => found(files).notes.join("\n");
  expect(notes({ "{{ cookiecutter.slug }}/main.py": FASTAPI })).toMatch(
    /^\{\{ cookiecutter.slug \}\}\/main.py has placeholders: this is a template/m,
  );
  expect(notes({ "{{cookiecutter.slug}}/web/package.json": VITE })).toMatch(/this is a template/);
  // a project with templates of its own
  expect(notes({ "main.py": FASTAPI, "plop/{{ name }}/index.js": "", "plop/{{ name }}/page.py": "" })).toBe("");
});

test("the templates of a project's changelog make no template of it", () => {
  const cliff = '[tool.git-cliff.changelog]\nbody = """\n[`{{ commit.id }}`] {{ version | upper }}\n"""\n';
  const notes = (text: string): string => found({ "main.py": FASTAPI, "pyproject.toml": text }).notes.join();
  expect(notes(`[project]\nname = "shop"\n${cliff}[tool.ruff]\nline-length = 100\n`)).toBe("");
  expect(notes(`${cliff}[project]\nname = "{{ slug }}"\n`)).toMatch(/^pyproject.toml has placeholders/);
  const unreleased =
    '[tool.git-cliff.changelog]\nbody = """\n[unreleased]\n{% if version %}{{ version }}{% endif %}\n"""\n';
  const version = '[tool.poetry-dynamic-versioning]\nformat-jinja = "{{ base }}"\n';
  expect(notes(`[project]\nname = "shop"\n${unreleased}${version}`)).toBe("");
  expect(notes('[tool.poetry]\nname = "{{ slug }}"\n')).toMatch(/^pyproject.toml has placeholders/);
});

const DJANGO = {
  "manage.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
  "shop/wsgi.py": "",
};

test.each(["python manage.py runserver --noreload", "gunicorn shop.wsgi:application", "gunicorn shop.wsgi"])(
  "what starts the project of Django is taken: %s",
  (command) => {
    expect(notTaken({ ...DJANGO, Procfile: `web: ${command}\n` })).toEqual([]);
    expect(notTaken({ ...DJANGO, Procfile: "web: gunicorn other.wsgi\n" })).toHaveLength(1);
  },
);

test.each(["gunicorn --workers=3 shop.wsgi", "uvicorn shop.asgi:application --workers 2"])(
  "`%s` in a container is no worker",
  (command) => {
    const compose = `services:\n  web:\n    build: .\n    command: ${command}\n`;
    expect(found({ ...DJANGO, Dockerfile: "FROM python", "compose.yml": compose }).notes).toEqual([]);
  },
);

test("SvelteKit's settings name the front end, and nothing that it calls", () => {
  const csrf = 'trustedOrigins: ["https://backend.example.com",\n"http://localhost:5173"]';
  const files = { "ui/svelte.config.js": `export default { kit: { csrf: { ${csrf} } } };` };
  expect(found({ ...CONCURRENTLY, ...files }).notes).toEqual([]);
});

test("submodules that were not cloned are named", () => {
  const modules = '[submodule "api"]\n\tpath = api\n\turl = ../api\n[submodule "ui"]\n\tpath = ui\n\turl = ../ui\n';
  expect(found({ ".gitmodules": modules, "ui/package.json": VITE }).notes).toEqual([
    "api: not cloned, as git submodules are not by themselves: git submodule update --init",
  ]);
});

test("of submodules in folders that are not looked into nothing is said", () => {
  const modules = '[submodule "a"]\n\tpath = vendor/a\n[submodule "b"]\n\tpath = .tools/b\n';
  expect(found({ ".gitmodules": modules, "ui/package.json": VITE }).notes).toEqual([]);
});

test("a page that streamlit serves beside the API is named", () => {
  const readme = "The API: `uvicorn main:app`\n\nThe page: `streamlit run page/Home.py --server.port 8502`\n";
  const files = { "main.py": FASTAPI, "requirements.txt": "fastapi\nstreamlit", "page/Home.py": "import streamlit\n" };
  expect(found({ ...files, "README.md": readme }).notes).toEqual([
    "not started, as it was not recognized as an app: `streamlit run page/Home.py --server.port 8502` (README.md:3)",
  ]);
});

test("a program that is said to be left out is not named again", () => {
  const { notes, omitted } = found({
    "api/main.py": FASTAPI,
    "api/requirements.txt": "fastapi\n",
    "api/Dockerfile": "FROM python\n",
    "ui/app.py": "import streamlit\n",
    "ui/requirements.txt": "streamlit\n",
    "ui/Dockerfile": "FROM python\n",
    "compose.yml": "services:\n  api: { build: ./api }\n  ui: { build: ./ui, command: streamlit run app.py }\n",
  });
  expect(omitted).toMatchObject([
    { what: "api" },
    { what: "ui", why: expect.stringContaining("built here") as string },
  ]);
  expect(notes).toEqual([]);
});

const CONTAINERS = "services:\n  api:\n    build: ./api\n    command: uvicorn main:app\n  web:\n    build: ./web\n";

test.each([
  [
    "vite.config.ts",
    'export default { server: { proxy: { "/api": "http://api:8000" } } }',
    'the proxy names the container api, which only containers reach: use `process.env.DEVPM_URL_BACKEND ?? "http://api:8000"` (web/vite.config.ts:1)',
  ],
  [
    "vite.config.ts",
    'export default { server: { proxy: { "/api": process.env.DEVPM_URL_BACKEND ?? "http://api:8000" } } }',
    null,
  ],
  ["vite.config.ts", 'export default { server: { proxy: { "/api": "http://api.example.com" } } }', null],
])("a proxy of %s: %s", (name, text, note) => {
  const api = { "api/main.py": FASTAPI, "api/requirements.txt": "fastapi", "api/Dockerfile": "FROM python" };
  const files = { "web/package.json": VITE, [`web/${name}`]: text, "compose.yml": CONTAINERS, ...api };
  expect(found(files).notes).toEqual(note === null ? [] : [note]);
});

test("a worker's service is named once", () => {
  const services = `${CONTAINERS}  worker:\n    build: ./api\n    command: celery -A tasks worker\n`;
  const files = { "api/main.py": FASTAPI, "api/requirements.txt": "fastapi", "api/Dockerfile": "FROM python" };
  expect(found({ ...files, "compose.yml": services }).notes).toEqual([
    "worker is not started: `celery -A tasks worker` in api (compose.yml:7)",
  ]);
});

test("a container that consumes, or is called a worker, is one, whatever it runs", () => {
  const said = (name: string, command: string, more = ""): string[] => {
    const services = `${CONTAINERS}  ${name}:\n    build: ./api\n    command: ${command}\n${more}`;
    const files = { "api/main.py": FASTAPI, "api/requirements.txt": "fastapi", "api/Dockerfile": "FROM python" };
    return found({ ...files, "compose.yml": services }).notes;
  };
  expect(said("events", "python -m shop.kafka_consumer")).toEqual([
    "worker events is not started: `python -m shop.kafka_consumer` in api (compose.yml:7)",
  ]);
  expect(said("order-consumer", "shop stream --all")).toEqual([
    "worker order-consumer is not started: `shop stream --all` in api (compose.yml:7)",
  ]);
  expect(said("consumer", "uvicorn main:app")).toEqual([]);
  expect(said("web", "uvicorn consumer_api.main:app")).toEqual([]);
  expect(said("web", "gunicorn -k uvicorn.workers.UvicornWorker main:app")).toEqual([]);
  expect(said("jobs", "python worker.py", "    ports: ['5678:5678']\n")).toHaveLength(1);
  for (const run of ["npm run dev", "pnpm --filter consumer dev"])
    expect(said("consumer", run, "    ports: ['3000:3000']\n")).toEqual([]);
  expect(said("consumer", "''")).toEqual([]);
});

test("a backend as a service that a script starts beside the front end is named; what deploys it is not", () => {
  const scripts = {
    dev: "npm-run-all --parallel dev:*",
    "dev:web": "vite",
    "dev:data": "convex dev",
    deploy: "convex deploy",
  };
  expect(
    found({ "main.py": FASTAPI, "web/package.json": packageJson(scripts, ["vite", "npm-run-all"]) }).notes,
  ).toEqual(["not started, as it was not recognized as an app: `convex dev` (`dev:data`) (web/package.json:1)"]);
});

test("a Python program, or a page, that a container goes on with is said; an app's own, a worker, a one-shot is not", () => {
  const inContainers = (files: Readonly<Record<string, string>>, ...services: string[]): string[] =>
    notTaken({ "api/main.py": FASTAPI, "compose.yml": `services:\n${services.join("\n")}\n`, ...files });
  const service = (name: string, command: string, more = ""): string =>
    `  ${name}: { build: ./api, command: ${command}${more} }`;
  expect(
    inContainers({}, service("bridge", "python bridge/main.py"), service("page", "streamlit run page.py")),
  ).toEqual(["`python bridge/main.py` (`bridge`) (compose.yml:2)", "`streamlit run page.py` (`page`) (compose.yml:3)"]);
  const run = `${FASTAPI}import uvicorn\nif __name__ == "__main__":\n    uvicorn.run(app)\n`;
  expect(inContainers({ "api/main.py": run }, service("web", "python main.py"))).toEqual([]);
  expect(
    inContainers({}, service("worker", "python jobs.py"), service("later", "python later.py", ", profiles: [x]")),
  ).toEqual([]);
  expect(
    inContainers(
      {},
      service("make", "python tables.py"),
      service("web", "uvicorn main:app", ", depends_on: { make: { condition: service_completed_successfully } }"),
    ),
  ).toEqual([]);
});

const DASH = "from dash import Dash\napp = Dash(__name__)\napp.run()\n";

test.each([
  ["Dash", DASH],
  ["Gradio", "import gradio as gr\ngr.Interface(f).launch()\n"],
  ["NiceGUI", "from nicegui import ui\nui.run()\n"],
])("a page of %s that its own program serves is said once", (_, page) => {
  const readme = "```\ncd ui\npython app.py --env=dev\n```\n\n`cd ui && python app.py --env=prod`\n";
  expect(notTaken({ "main.py": FASTAPI, "ui/app.py": page, "README.md": readme })).toEqual([
    "`python app.py --env=dev` (README.md:3)",
  ]);
});

test.each<[string, Record<string, string>]>([
  ["a script", { "main.py": FASTAPI, "app.py": "import torch\n" }],
  ["a page that a backend serves", { "app.py": `import gradio\n${FASTAPI}app = gradio.mount_gradio_app(app, page)\n` }],
  ["a backend below a page", { "app.py": `${DASH}from flask import Flask\nserver = Flask(__name__)\n` }],
  ["a page without a command", { "main.py": FASTAPI, "page.py": DASH, "app.py": "" }],
])("not said of %s", (_, files) => {
  expect(notTaken({ "README.md": "`python app.py`\n", ...files })).toEqual([]);
});

test("what a shell script goes on with beside an app in the background is said once", () => {
  const script =
    "if [ -f /.dockerenv ]; then\n  uvicorn main:app &\n  python watch.py\nelse\n  uv run uvicorn main:app &\n  uv run python watch.py\nfi\nwait\n";
  expect(notTaken({ ...CONCURRENTLY, "start.sh": script })).toEqual(["`python watch.py` (`start.sh`) (start.sh:3)"]);
  const front = "cd ui\nnpm run dev &\nnode watch.js\n";
  expect(notTaken({ ...CONCURRENTLY, "start.sh": front })).toEqual(["`node watch.js` (`start.sh`) (start.sh:3)"]);
});

test.each([
  ["both apps", "uvicorn main:app &\ncd ui && npm run dev\n"],
  ["what ends before", "python make.py && uvicorn main:app\n"],
  ["what comes before", "python make.py\nuvicorn main:app &\nwait\n"],
  ["what is run on them", "uvicorn main:app &\nsleep 3\npython smoke_test.py\ncurl localhost:8000\n"],
  ["a worker, which is said elsewhere", "uvicorn main:app &\ncelery -A tasks worker\n"],
  ["something else in the background", "redis-server &\npython make.py\n"],
])("a shell script with %s names nothing more", (_, script) => {
  expect(notTaken({ ...CONCURRENTLY, "start.sh": script })).toEqual([]);
});

test("an address that a front end gives of itself is no proxy", () => {
  const { notes } = found({
    ...CONCURRENTLY,
    "ui/vite.config.ts":
      'export default { server: { port: 5173, proxy: { "/a": "http://localhost:8000", "/b": "http://localhost:5173" } } }',
  });
  expect(notes.filter((note) => note.startsWith("the proxy follows"))).toEqual([
    expect.stringContaining("the proxy follows backend "),
  ]);
});

test("what a document runs in a shell within a container is not in the folder that it was in before", () => {
  const worker = (entered: string): string[] =>
    found({
      "main.py": FASTAPI,
      "README.md": `\`\`\`\ncd docker/dev\n${entered}\n\`\`\`\n\nThen:\n\n\`\`\`\ncelery -A shop worker\n\`\`\`\n`,
      "docker/dev/notes.txt": "",
    }).notes;
  expect(worker("docker exec -it app /bin/bash")).toEqual([
    "worker is not started: `celery -A shop worker` (README.md:9)",
  ]);
  expect(worker("docker ps")).toEqual(["worker is not started: `celery -A shop worker` in docker/dev (README.md:9)"]);
});

test("what is checked before the apps start is not said", () => {
  const checks = root('npm run check:env && concurrently "uvicorn main:app" "npm run dev --prefix ui"', {
    "check:env": "tsx scripts/env.ts",
  });
  expect(notTaken(checks)).toEqual([]);
});

test("`fastapi dev` without a file starts app/main.py, also of a package `app`", () => {
  const dev = 'concurrently "cd api && uv run fastapi dev" "npm run dev --prefix ui"';
  const api = { "api/app/__init__.py": "", "api/app/main.py": FASTAPI, "ui/package.json": VITE };
  expect(notTaken({ ...api, "package.json": packageJson({ dev }) })).toEqual([]);
});

test("a worker that a script starts by `exec` is the one of the Makefile; with other words it is another", () => {
  const workers = (script: string): string[] =>
    found({
      "main.py": FASTAPI,
      Makefile: "worker:\n\tcelery -A shop worker\n",
      "start.sh": `${script} &\nexec uvicorn main:app\n`,
    }).notes;
  const ofMakefile = "worker is not started: `celery -A shop worker` (Makefile:2)";
  expect(workers("exec celery -A shop worker")).toEqual([ofMakefile]);
  expect(workers("uv run celery -A shop worker")).toEqual([ofMakefile]);
  expect(workers("exec celery -A mail worker")).toEqual([
    ofMakefile,
    "worker is not started: `exec celery -A mail worker` (start.sh:1)",
  ]);
});
