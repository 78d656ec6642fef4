import { expect, test } from "vitest";
import { FASTAPI, VITE, found } from "../layout.ts";

const expecting = (services: string, target: string): string[] =>
  found({
    "api/main.py": FASTAPI,
    "web/package.json": VITE,
    "web/vite.config.ts": `export default {\n  server: { proxy: { "/api": ${target} } },\n}\n`,
    "compose.yml": `services:\n${services}`,
  }).notes.filter((note) => note.includes("expects port"));

test("a proxy to a router that is left out is named; to what is started, or to what an app's container publishes, it is not", () => {
  const gateway = '  gateway: { image: "nginx:1", ports: ["9000:80"] }\n';
  const written = '"http://localhost:9000"';
  expect(expecting(gateway, written)).toEqual([
    "web/vite.config.ts expects port 9000, which gateway has: it is not started, so name the apps instead (web/vite.config.ts:2)",
  ]);
  expect(expecting('  files: { image: minio/minio, ports: ["9000:9000"] }\n', written)).toEqual([]);
  expect(expecting('  api: { build: ./api, ports: ["9000:8000"] }\n', written)).toEqual([]);
});

test("where a proxy takes its address from a file of variables, the line of the proxy is named", () => {
  const { notes } = found({
    "api/main.py": FASTAPI,
    "web/package.json": VITE,
    "web/.env.development": "API=http://localhost:8000\n",
    "web/vite.config.ts": `import { loadEnv } from "vite";
export default ({ mode }) => {
  const env = loadEnv(mode, process.cwd(), "");
  return { server: { proxy: { "/api": { target: env.API } } } };
};
`,
  });
  expect(notes.join("\n")).toContain("(web/vite.config.ts:4)");
});
