import { expect, test } from "vitest";
import { FASTAPI, VITE, found, packageJson } from "./layout.ts";

type Files = Record<string, string>;

const shown = (text: string): string => `\`\`\`bash\n${text}\n\`\`\`\n`;

const IN_API: Files = { "api/main.py": FASTAPI, "api/requirements.txt": "fastapi" };

const PAIR: Files = {
  "services/users/main.py": FASTAPI,
  "services/orders/main.py": FASTAPI,
  "requirements.txt": "fastapi",
};

test.each<[string, Files]>([
  [
    "a document starts each on a port of its own",
    { "README.md": shown("uvicorn services.users.main:app --port 8160\nuvicorn services.orders.main:app --port 8161") },
  ],
  [
    "a compose file gives one image two commands",
    {
      "compose.yml": ["users:8160", "orders:8161"].reduce((text, one) => {
        const [name, port] = one.split(":");
        const command = `uvicorn services.${name}.main:app --port 8000`;
        return `${text}  ${name}: { build: ., command: ${command}, ports: ['${port}:8000'] }\n`;
      }, "services:\n"),
      Dockerfile: "FROM python:3\n",
    },
  ],
])("two backends with the same requirements: %s", (_, files) => {
  const apps = found({ ...PAIR, ...files }).apps.map(({ app, port }) => ({ app, port }));
  expect(apps.toSorted((a, b) => a.port - b.port)).toEqual([
    { app: "services.users.main", port: 8160 },
    { app: "services.orders.main", port: 8161 },
  ]);
});

test("another file of the same folder, which a document starts on another port, is another way to start", () => {
  const files = {
    "README.md": shown("uvicorn main:app --port 8160\nuvicorn simple:app --port 8161"),
    "main.py": FASTAPI,
    "simple.py": FASTAPI,
  };
  expect(found(files).apps).toHaveLength(1);
});

test("an image that somebody builds by hand of the Dockerfile beside it is an app", () => {
  const compose = "services:\n  db: { image: mariadb }\n  desk: { image: 'corner:latest', environment: { DB: db } }\n";
  const files = { "compose.yml": compose, "main.py": FASTAPI, "requirements.txt": "" };
  expect(found({ ...files, Dockerfile: "FROM python:3\n" }).infra?.services).toEqual(["db"]);
  expect(found(files).infra?.services).toEqual(["db", "desk"]);
});

test("an official image of a version is not the project's own, whatever Dockerfile is beside it", () => {
  const compose =
    "services:\n  hub: { image: 'registry:2' }\n  shop: { image: shop }\n  next: { image: 'shop:${TAG}' }\n";
  const files = { "compose.yml": compose, "main.py": FASTAPI, "requirements.txt": "", Dockerfile: "FROM python:3\n" };
  expect(found(files).infra?.services).toEqual(["hub"]);
});

test.each([
  ["copied from the front end's", { name: "web" }],
  ["left behind", { name: "old" }],
])("a package.json that was %s, without a source, is none", (_, more) => {
  const written = (named: object): string => packageJson({ start: "react-scripts start" }, ["react-scripts"], named);
  const files = {
    "web/package.json": written({ name: "web" }),
    "web/src/index.js": "",
    "api/package.json": written(more),
  };
  const { apps, omitted } = found({ ...files, ...IN_API });
  expect(apps.map(({ cwd, kind }) => `${cwd} ${kind}`)).toEqual(["api fastapi", "web cra"]);
  expect(omitted.map(({ why }) => why)).toContain("a package.json without a source");
});

test("a package.json of Vite without a page, a source or a configuration is none beside one that has them", () => {
  const files = { "web/package.json": VITE, "web/src/main.ts": "", "api/package.json": VITE };
  const folders = (more: Record<string, string>): string[] =>
    found({ ...files, ...IN_API, ...more }).apps.map(({ cwd, kind }) => `${cwd} ${kind}`);
  expect(folders({})).toEqual(["api fastapi", "web vite"]);
  expect(folders({ "api/vite.config.ts": "export default {}" })).toEqual(["api fastapi", "api vite", "web vite"]);
  expect(folders({ "api/index.html": "" })).toEqual(["api fastapi", "api vite", "web vite"]);
  for (const dev of ["vite pages", "vite ./pages --open", "vite --config build/vite.js", "vite --config=build/vite.js"])
    expect(folders({ "api/package.json": packageJson({ dev }, ["vite"]), "api/pages/index.html": "" })).toContain(
      "api vite",
    );
  expect(folders({ "api/package.json": packageJson({ dev: "vite ." }, ["vite"]) })).not.toContain("api vite");
});

test("a `PORT` above both apps that the front end has is not the backend's", () => {
  const files = {
    ".env.example": "PORT=3000\n",
    "README.md": shown("cd api\npython main.py"),
    "web/package.json": packageJson({ dev: "next dev -p 3000" }, ["next"]),
    ...IN_API,
    "api/main.py": `import os, uvicorn\n${FASTAPI}uvicorn.run(app, port=int(os.getenv("PORT", 8000)))\n`,
  };
  expect(found(files).apps.map(({ port }) => port)).toEqual([8000, 3000]);
});

test("a template of any name that a document names in another language, in the next app's folder as well", () => {
  const files = {
    "api/README.md": "Renombrar el archivo `base.env` a `.env`.\n",
    "api/base.env": "KEY=\n",
    "web/base.env": "VITE_KEY=\n",
    "web/package.json": packageJson({ dev: "vite" }, ["vite"]),
    ...IN_API,
  };
  expect(found(files).templates.map(({ command }) => command)).toEqual([
    "cp api/base.env api/.env",
    "cp web/base.env web/.env",
  ]);
});

test.each([
  ["a wrapper's own options", "export default own({ overrides: { server: { port: 3100 } } });\n"],
  ["what a wrapper passes on", "export default own({ vite: 1, base: { server: { port: 3100 } } });\n"],
  [
    "a wrapper around the environment",
    "const { WEB_PORT } = wrapped(loadEnv('', '.'));\nexport default { server: { port: WEB_PORT } };\n",
  ],
])("the port of a front end in %s", (_, config) => {
  const files = {
    "package.json": packageJson({ dev: "vite" }, ["vite"]),
    "vite.config.ts": config,
    ".env.development": "WEB_PORT=3100\n",
  };
  expect(found(files).apps[0]?.port).toBe(3100);
});

test.each<[string, string[], Record<string, string[]>]>([
  [
    "of two projects each front end waits for its own backend",
    ["plain/api", "plain/web", "inertia/api", "inertia/web"],
    { "plain/web": ["plain/api"], "inertia/web": ["inertia/api"] },
  ],
  [
    "in a folder of apps for all of them",
    ["apps/api", "apps/admin", "apps/web"],
    { "apps/web": ["apps/admin", "apps/api"] },
  ],
  [
    "where a backend lies in a folder without a front end, for that one, too",
    ["apps/api", "apps/web", "services/mail"],
    { "apps/web": ["apps/api", "services/mail"] },
  ],
  [
    "one beside the projects for all of them",
    ["a/api", "a/ui", "b/api", "b/ui", "web"],
    { "a/ui": ["a/api"], web: ["a/api", "b/api"] },
  ],
])("a front end that names no port: %s", (_, folders, expected) => {
  const { apps } = found(
    Object.fromEntries(
      folders.flatMap((folder) =>
        /web|ui/.test(folder)
          ? [[`${folder}/package.json`, VITE]]
          : [
              [`${folder}/main.py`, FASTAPI],
              [`${folder}/requirements.txt`, "fastapi\n"],
            ],
      ),
    ),
  );
  const homes = new Map(apps.map(({ name, cwd }) => [name, cwd]));
  for (const [folder, backends] of Object.entries(expected)) {
    const waited = apps.find(({ cwd }) => cwd === folder)?.dependsOn.map((name) => homes.get(name));
    expect(waited?.toSorted()).toEqual(backends);
  }
});
