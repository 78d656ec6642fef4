import { expect, test } from "vitest";
import { statusOf } from "../../../src/infra/context.ts";
import { simulate } from "./simulated.ts";

test("a service that ran once and ended well has nothing to explain; one that was to stay has", async () => {
  const waits = [{ service: "init", condition: "service_completed_successfully" as const, required: true }];
  const { context, engine } = await simulate({
    services: [{ service: "init" }, { service: "db" }, { service: "api", dependsOn: waits }],
  });
  for (const service of ["init", "db"]) engine.set(service, { state: "exited", exitCode: 0 });
  await context.live.refresh();
  const reasonOf = (service: string): string | null => statusOf(context, service).reason;
  expect([reasonOf("init"), reasonOf("db")]).toEqual([null, "it exited with code 0"]);
  engine.set("init", { state: "exited", exitCode: 3 });
  await context.live.refresh();
  expect(reasonOf("init")).toBe("it exited with code 3");
});
