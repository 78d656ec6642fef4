import { expect, test } from "vitest";
import { ownSession } from "../../../src/commands/infra/own-session.ts";
import { failed, ok } from "../../../src/diagnostics/outcome.ts";
import { instanceOf } from "../../../src/model/instance.ts";
import { idleApp } from "../../../src/model/status.ts";
import { sampleApp, sampleProject } from "../plan/sample.ts";
import { environment } from "../preflight/place.ts";

const on = (...services: string[]) => ({ dependsOn: { apps: [], services, tasks: [] } });
const PROJECT = ok(
  sampleProject([
    sampleApp({ name: "api", ...on("db") }),
    sampleApp({ name: "mail", ...on("db", "queue") }),
    sampleApp({ name: "late", ...on("db") }),
    sampleApp({ name: "web" }),
  ]),
);

/** The engine of a session in which all of these apps run, except `late`. */
const SESSION = {
  refused: null,
  ask: () =>
    Promise.resolve({
      ok: true,
      status: {
        apps: ["api", "mail", "web", "late"].map((name) => ({
          ...idleApp(name, "ready"),
          pid: name === "late" ? null : 40,
        })),
      },
    }),
  close: () => {},
};

const asked = (project: Parameters<typeof ownSession>[2] = PROJECT, engine: typeof SESSION | null = SESSION) =>
  ownSession(() => Promise.resolve(engine as never), instanceOf("/p", environment), project);

test("the running apps that lose a service are named, with what starts it again", async () => {
  const under = await asked();
  expect(under(["queue"])).toBe("mail goes on without queue: devpm infra up starts it again");
  expect(under(["db", "queue"])).toBe("api and mail go on without db and queue: devpm infra up starts them again");
});

test("where no app is known to use one, the session is named", async () => {
  const text = "the session here goes on without cache: devpm infra up starts it again";
  expect((await asked())(["cache"])).toBe(text);
  expect((await asked(failed()))(["cache"])).toBe(text);
});

test("nothing is said without a session, or where nothing was stopped", async () => {
  expect((await asked(PROJECT, null))(["db"])).toBeNull();
  expect((await asked())([])).toBeNull();
});
