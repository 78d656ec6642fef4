import { expect, test } from "vitest";
import { patchWorker } from "../../../src/pm2/patch-worker.ts";

/** PM2's daemon after its boot. */
function god() {
  const calls: string[] = [];
  const made = {
    Worker: { start: () => void calls.push("worker") },
    executeApp(settings: { name: string }, done?: (error: unknown, result: unknown) => void) {
      calls.push(settings.name);
      done?.(null, settings.name);
      return settings.name;
    },
  };
  patchWorker(made as Parameters<typeof patchWorker>[0]);
  // as PM2 does at the end of its boot
  made.Worker.start();
  return { calls, start: (name: string, options: object = {}) => made.executeApp({ name, ...options }) };
}

test("PM2's worker does not begin for apps that it would only look at", () => {
  const { calls, start } = god();
  expect(start("web")).toBe("web");
  start("api", { max_memory_restart: undefined });
  expect(calls).toEqual(["web", "api"]);
});

test.each([{ max_memory_restart: 1_000_000 }, { exp_backoff_restart_delay: 100 }])(
  "it begins once, before the first app with %j",
  (options) => {
    const { calls, start } = god();
    start("web");
    start("limited", options);
    start("limited", options);
    expect(calls).toEqual(["web", "worker", "limited", "limited"]);
  },
);
