import { expect, test } from "vitest";
import { hmrPorts, proxyTargets, seemsTls, withoutComments } from "../../../src/config/vite-config.ts";
import { proxyNotes } from "../../../src/config/proxy-notes.ts";
import type { App } from "../../../src/model/project.ts";
import type { Files } from "../../../src/system/files/files.ts";

const config = (text: string) => ({ file: "/p/ui/vite.config.ts", text: withoutComments(text) });

test("comments are blank, addresses are not", () => {
  expect(withoutComments(`a // b\n/* c\n d */ "http://x" 'it//s'`)).toBe(`a     \n    \n      "http://x" 'it//s'`);
});

test.each([
  [`import basicSsl from "@vitejs/plugin-basic-ssl";`, true],
  ["server: { https: true }", true],
  ["server: { https: { key, cert } }", true],
  ["server: { https: false }", false],
  ["// https: true", false],
  [`proxy: { "/api": "https://example.org" }`, false],
])("%s speaks TLS: %s", (text, tls) => {
  expect(seemsTls(config(text))).toBe(tls);
});

test("targets of a proxy, with their lines; none without a proxy", () => {
  const text = `const api = "http://127.0.0.1:8000";\nexport default { server: {\n proxy: { "/a": api, "/ws": { target: "ws://localhost:9000/x" } } } };`;
  expect(proxyTargets(config(text))).toEqual([
    { port: 8000, url: "http://127.0.0.1:8000", line: 1 },
    { port: 9000, url: "ws://localhost:9000", line: 3 },
  ]);
  expect(proxyTargets(config(`const api = "http://localhost:8000";`))).toEqual([]);
});

const app = (name: string, port: number | null, cwd = "/p"): App =>
  ({ name, port, ports: [], cwd, toolchain: name === "web" ? "node" : "python" }) as unknown as App;

const noted = (
  apps: readonly App[],
  configured: Record<string, number>,
  compose = "",
  redirects = false,
): Promise<string[]> =>
  proxyNotes(
    {
      root: "/p",
      redirects,
      apps,
      infra: { files: ["/p/compose.yml"], services: null, required: true, timeoutMs: 1 },
      configured: new Map(Object.entries(configured)),
    },
    {
      read: (file: string) =>
        Promise.resolve(
          file === "/p/ui/vite.config.ts"
            ? `\nserver: { proxy: { "/api": "http://localhost:5050" } }`
            : file.endsWith("compose.yml")
              ? compose
              : null,
        ),
    } as unknown as Files,
  );

test("a proxy to a port of the project is fine; to one that `--port` has moved, or to nothing, it is said with its line", async () => {
  const web = app("web", 5173, "/p/ui");
  expect(await noted([web, app("back-end", 5050)], { web: 5173, "back-end": 5050 })).toEqual([]);
  expect(await noted([web, app("back-end", 5051)], { web: 5173, "back-end": 5050 })).toEqual([
    'ui/vite.config.ts:2 proxies to http://localhost:5050, but back-end is on 5051 in this session; write there: process.env.DEVPM_URL_BACK_END ?? "http://localhost:5050"',
  ]);
  expect(await noted([web, app("back-end", 8000)], { web: 5173, "back-end": 8000 })).toEqual([
    "ui/vite.config.ts:2 proxies to http://localhost:5050, and no app or service of this project has port 5050",
  ]);
});

test.each(['- "5050:80"', "- 127.0.0.1:5050:80", "- ${API_PORT:-5050}:80", "published: 5050"])(
  "a proxy to a container that publishes %s is fine",
  async (compose) => {
    expect(await noted([app("web", 5173, "/p/ui")], { web: 5173 }, compose)).toEqual([]);
  },
);

test.each([
  ["hmr: { port: 24678 }", [24_678]],
  ["hmr: { protocol: 'ws', clientPort: 443, port: 5174 }", [443, 5174]],
  ["hmr: true, port: 5173", []],
  ["// hmr: { port: 1234 }", []],
])("ports for hot updates in %s", (text, found) => {
  expect(hmrPorts({ file: "/p/vite.config.ts", text: withoutComments(text) })).toEqual(found);
});
