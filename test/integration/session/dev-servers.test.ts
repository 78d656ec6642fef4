import { expect, test } from "vitest";
import { parseJson, statusShape } from "../../rigs/contract.ts";
import { freePorts, listening } from "../../rigs/ports.ts";
import { openProject } from "../../rigs/project.ts";
import { until } from "../../rigs/wait.ts";

const SAYS_URL = `node -e "console.log('URL', process.env.DEVPM_URL_WEB); setInterval(() => {}, 1e6)"`;
const INSTALL_MS = 170_000;

test("two apps of one folder of Vite 8 that speaks TLS, from a script that starts devpm", async (ctx) => {
  const [web, admin, backend] = (await freePorts(3)) as [number, number, number];
  const project = await openProject(ctx, {
    files: {
      "ui/package.json": JSON.stringify({
        private: true,
        type: "module",
        scripts: { dev: "devpm dev" },
        devDependencies: { vite: "^8.4", "@vitejs/plugin-basic-ssl": "^2" },
      }),
      "ui/index.html": "<!doctype html><h1>secure</h1>",
      "ui/vite.config.js": `import basicSsl from "@vitejs/plugin-basic-ssl";
export default { plugins: [basicSsl()], server: { proxy: { "/api": "http://localhost:${backend}" } } };`,
      "ecosystem.config.json": JSON.stringify({
        apps: {
          web: { preset: "vite", cwd: "ui", port: web, ready: { http: "/", timeoutMs: 30_000 } },
          admin: { preset: "vite", cwd: "ui", port: admin },
          e2e: { command: SAYS_URL, dependsOn: ["web"] },
        },
      }),
    },
  });
  const dev = await project.devpm(["dev", "--detach"], { deadlineMs: INSTALL_MS });
  expect(dev, dev.output).toMatchObject({ code: 0 });
  expect(dev.output).toContain(`ui/vite.config.js:2 proxies to http://localhost:${backend}, and no app or service`);
  const { apps } = parseJson(statusShape, (await project.devpm(["status", "--json"])).stdout);
  expect(apps).toMatchObject([
    { name: "web", state: "ready", url: `https://localhost:${web}` },
    { name: "admin", state: "ready", url: `https://localhost:${admin}` },
    { name: "e2e", state: "ready" },
  ]);
  // an app without a port is ready when it has lived for a second: its line may come later
  const shown = async (): Promise<string> => (await project.devpm(["logs", "e2e", "--no-follow"])).stdout;
  expect(await until("its line", async () => /URL .*/.exec(await shown())?.[0])).toBe(`URL https://localhost:${web}`);
  await project.devpm(["down"]);
});

test("a tool behind wrappers gets its port, and one that cannot be told is followed", async (ctx) => {
  const [web, other] = (await freePorts(2)) as [number, number];
  const project = await openProject(ctx, {
    files: {
      "ui/package.json": JSON.stringify({
        private: true,
        type: "module",
        scripts: { dev: "cross-env MODE=x npm run serve", serve: "vite --port 80", fixed: "node fixed.js" },
        devDependencies: { vite: "^7", "cross-env": "^10" },
      }),
      "ui/index.html": "<!doctype html>",
      "ui/fixed.js": `import { createServer } from "node:http";
createServer((_, answer) => answer.end("fixed")).listen(${other}, () => console.log("listening on port ${other}"));`,
      "ecosystem.config.json": JSON.stringify({
        apps: {
          web: { preset: "vite", cwd: "ui", port: web },
          fixed: { command: "npm run fixed", cwd: "ui", port: (await freePorts(1))[0], dependsOn: ["web"] },
        },
      }),
    },
  });
  const dev = await project.devpm(["dev", "--detach"], { deadlineMs: INSTALL_MS });
  expect(dev, dev.output).toMatchObject({ code: 0 });
  const { apps } = parseJson(statusShape, (await project.devpm(["status", "--json"])).stdout);
  expect(apps).toMatchObject([
    { name: "web", state: "ready", url: `http://localhost:${web}`, port: web },
    { name: "fixed", state: "ready", url: `http://localhost:${other}`, port: other },
  ]);
  expect(listening()).toEqual(expect.arrayContaining([web, other]));
  await project.devpm(["down"]);
});
