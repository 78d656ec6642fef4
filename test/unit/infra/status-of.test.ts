import { expect, test } from "vitest";
import { serviceStatusOf } from "../../../src/infra/context.ts";
import { watchInfra } from "../../../src/infra/watch.ts";
import { simulate } from "./simulated.ts";

test("a service that ran once and ended well has nothing to explain; one that was to stay has", async () => {
  const waits = [{ service: "init", condition: "service_completed_successfully" as const, required: true }];
  const { context, engine } = await simulate({
    services: [{ service: "init" }, { service: "db" }, { service: "api", dependsOn: waits }],
  });
  for (const service of ["init", "db"]) engine.set(service, { state: "exited", exitCode: 0 });
  await context.containers.refresh();
  const reasonOf = (service: string): string | null => serviceStatusOf(context, service).reason;
  expect([reasonOf("init"), reasonOf("db")]).toEqual([null, "it exited with code 0"]);
  engine.set("init", { state: "exited", exitCode: 3 });
  await context.containers.refresh();
  expect(reasonOf("init")).toBe("it exited with code 3");
});

test("a container that is removed while the session runs is missed; one that was never there, or had ended well, is not", async () => {
  const waits = [{ service: "init", condition: "service_completed_successfully" as const, required: true }];
  const { context, engine } = await simulate({
    services: [{ service: "init" }, { service: "db" }, { service: "extra" }, { service: "api", dependsOn: waits }],
  });
  engine.set("init", { state: "exited", exitCode: 0 });
  engine.set("db", { state: "running" });
  await context.containers.refresh();
  watchInfra(context);
  for (const service of ["init", "db"]) engine.remove(service);
  await context.containers.refresh();
  const found = (service: string) => serviceStatusOf(context, service);
  for (const service of ["init", "extra"]) expect(found(service)).toMatchObject({ state: "missing", reason: null });
  expect(found("db")).toMatchObject({ state: "missing", reason: "its container is gone" });
  engine.set("db", { state: "running" });
  await context.containers.refresh();
  expect(found("db")).toMatchObject({ state: "running", reason: null });
});
