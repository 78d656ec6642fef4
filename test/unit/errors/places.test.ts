import { expect, test } from "vitest";
import { servicePlace } from "../../../src/errors/compose-place.ts";
import { containerFinder } from "../../../src/errors/container.ts";
import type { FoundFault } from "../../../src/errors/found.ts";
import { frameAt, ownPlaces } from "../../../src/errors/own-code.ts";

const grounds = { root: "/p", app: { cwd: "/p/api", venv: "/envs/api" } };

const faultAt = (...files: string[]): FoundFault => ({
  kind: "python",
  message: "x",
  places: files.map((file, line) => ({ file, line: line + 1 })),
  frames: files.map((file, line) => ({ place: { file, line: line + 1 }, lines: [`in ${file}`] })),
});

test("the project's own code: neither installed packages, nor Python's, nor another project's", () => {
  const found = faultAt(
    "/envs/api/lib/x.py",
    "/p/ui/node_modules/vite/a.js",
    "/usr/lib/python3.12/json/decoder.py",
    "/p/.venv/lib/python3.11/site-packages/flask/app.py",
    "/other/app.py",
    "routes.py",
    "/p/lib/own.py",
    "routes.py",
  );
  const places = ownPlaces(found, grounds);
  expect(places).toEqual([
    { file: "/p/api/routes.py", line: 6 },
    { file: "/p/lib/own.py", line: 7 },
  ]);
  expect(frameAt(found, places, grounds)).toEqual(["in routes.py"]);
});

test.for<[line: string, message: string | null]>([
  ['2026-11-29 12:00:00 UTC [71] FATAL:  role "ghost" does not exist', 'FATAL: role "ghost" does not exist'],
  ["PANIC:  could not write to file", "PANIC: could not write to file"],
  ["[2026-11-29] FATAL [KafkaServer] Exiting (kafka.Kafka$)", "FATAL: [KafkaServer] Exiting (kafka.Kafka$)"],
  ["2026-11-29 12:00:00 UTC [71] FATAL:  the database system is starting up", null],
  ["FATAL:  terminating connection due to administrator command", null],
  ['ERROR:  relation "x" does not exist', null],
  ["LOG:  nonfatal", null],
])("of a container's log: %s", ([line, message]) => {
  expect(
    containerFinder()
      .line(line)
      .map((found) => found.message),
  ).toEqual(message === null ? [] : [message]);
});

test("where a compose file defines a service", async () => {
  const text = "# services\nname: x\nservices:\n  # the store\n  'postgres':\n    image: postgres\n  web: {}\n";
  expect(await servicePlace("compose.yml", text, "postgres")).toEqual({ file: "compose.yml", line: 5 });
  expect((await servicePlace("compose.yml", text, "web"))?.line).toBe(7);
  expect(await servicePlace("compose.yml", text, "redis")).toBeNull();
  expect(await servicePlace("compose.yml", "- a\n- b", "redis")).toBeNull();
});
