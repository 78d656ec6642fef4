import { expect, test } from "vitest";
import { variableSetting } from "../../../src/config/absent.ts";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { absentReferences, referencesTo } from "../../../src/infra/references.ts";
import { body, details, summary } from "./build.ts";

const reported: Diagnostic[] = [];
const source = () => ({
  definition: {
    name: "m",
    folder: "/p",
    files: ["/p/compose.yml"],
    services: [body({ environment: { A: "file", B: "file" } })],
    from: "compose" as const,
    version: "",
  },
  snapshot: new Map([
    [
      "db",
      {
        container: summary({
          ports: [
            { container: 5432, host: 5353, address: "", protocol: "udp" },
            { container: 5432, host: 32768, address: "127.0.0.1", protocol: "tcp" },
          ],
        }),
        details: details({ env: { A: "container" } }),
      },
    ],
  ]),
  services: ["db", "neo4j"],
  host: "10.0.0.7",
  absent: new Set(["neo4j"]),
  givePort: () => {},
  report: (diagnostic: Diagnostic) => void reported.push(diagnostic),
});

test("host, actual port, the container's own variables", () => {
  const { db } = referencesTo(source());
  expect([db?.host, db?.port(5432), db?.env("A"), db?.env("B"), db?.env("C")]).toEqual([
    "10.0.0.7",
    32768,
    "container",
    "file",
    undefined,
  ]);
});

test("a port that is not published is reported, then thrown as a sentence", () => {
  reported.length = 0;
  expect(() => referencesTo(source()).db?.port(9999)).toThrow("db does not publish port 9999");
  expect(reported).toMatchObject([
    {
      code: "DEVPM_SERVICE_PORT_UNPUBLISHED",
      evidence: [
        ["asked for", "services.db.port(9999)"],
        ["it publishes", "5432"],
        ["files", ["/p/compose.yml"]],
      ],
    },
  ]);
});

test("a name that is not there is reported with what was meant", () => {
  reported.length = 0;
  expect(() => referencesTo(source()).dbb).toThrow('compose.yml has no service "dbb"');
  expect(reported[0]?.evidence[0]).toEqual(["dbb", 'did you mean "db"?']);
});

test("what does not run yet: a port that is written down is that one; one that Docker will choose is not known", () => {
  reported.length = 0;
  const written = (host: number | null) => ({
    ...source(),
    snapshot: new Map(),
    definition: {
      ...source().definition,
      services: [body({ ports: [{ container: 5432, host, protocol: "tcp" }], environment: { A: "file" } })],
    },
  });
  const { db } = referencesTo(written(15432));
  expect([db?.port(5432), db?.env("A")]).toEqual([15432, "file"]);
  expect(reported).toEqual([]);
  expect(variableSetting(`${referencesTo(written(null)).db?.port(5432)}`)).toEqual({ kind: "unset", service: "db" });
  expect(reported).toMatchObject([
    { severity: "warning", summary: "db does not run, so the port Docker will choose for its 5432 is not known" },
  ]);
  expect(() => referencesTo(written(null)).db?.port(1)).toThrow("db does not publish port 1");
});

test.each([
  ["not on this machine", referencesTo(source()).neo4j],
  ["no infra", absentReferences().neo4j],
])("%s: every value marks the text it is put into", (_what, absent) => {
  const texts = [
    `${absent?.host}:1`,
    `x:${absent?.port(1)}/y`,
    `${absent?.env("A")}`,
    String((absent?.port(1) ?? 0) + 1),
  ];
  expect(texts.map(variableSetting)).toEqual(texts.map(() => ({ kind: "unset", service: "neo4j" })));
});
