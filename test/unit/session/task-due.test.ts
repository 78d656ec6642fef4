import { expect, test } from "vitest";
import { parseStamp, whyDue, type TaskStamp, type Worked } from "../../../src/session/tasks/due.ts";

const worked = (more: Partial<Worked> = {}): Worked => ({
  inputs: "i1",
  variables: "v1",
  containers: { db: "c1" },
  ...more,
});
const done = (more: Partial<Worked> = {}): TaskStamp => ({ state: "done", ...worked(more) });

test.each<[string, TaskStamp | null, Worked, boolean, string | null]>([
  ["never done", null, worked(), false, "first run"],
  ["all as it was", done(), worked(), false, null],
  ["began and not done", { state: "began" }, worked(), false, "failed before"],
  ["another input", done(), worked({ inputs: "i2" }), false, "inputs changed"],
  ["another database in its variables", done(), worked({ variables: "v2" }), false, "inputs changed"],
  ["another container", done(), worked({ containers: { db: "c2" } }), false, "other containers"],
  ["no container any more", done(), worked({ containers: { db: null } }), false, "other containers"],
  ["a service that is new", done(), worked({ containers: { db: "c1", kafka: "k" } }), false, "other containers"],
  ["a service less", done({ containers: { db: "c1", kafka: "k" } }), worked(), false, null],
  ["no service at all", done({ containers: {} }), worked({ containers: {} }), false, null],
  ["no engine, as before", done({ containers: { db: null } }), worked({ containers: { db: null } }), false, null],
  ["its output is gone", done(), worked(), true, "its output is missing"],
  ["nothing tells", done({ inputs: null }), worked({ inputs: null }), false, "no inputs"],
  ["inputs where there were none", done({ inputs: null }), worked(), false, "inputs changed"],
])("%s", (_, last, now, outputMissing, reason) => {
  expect(whyDue(last, now, outputMissing)).toBe(reason);
});

test("what is no stamp is none", () => {
  expect(parseStamp(JSON.stringify(done()))).toEqual(done());
  expect(parseStamp('{"state":"began"}')).toEqual({ state: "began" });
  for (const text of [null, "", "{", "null", "[]", '{"state":"done"}', '{"state":"else"}'])
    expect(parseStamp(text), String(text)).toBeNull();
});
