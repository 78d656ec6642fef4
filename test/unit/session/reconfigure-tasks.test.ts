import { expect, test } from "vitest";
import type { Project, Task } from "../../../src/model/project.ts";
import { compared } from "../../../src/session/apps/reconfigure.ts";
import { sampleApp, sampleProject } from "../plan/sample.ts";

const task = (name: string, more: Partial<Task> = {}): Task => ({
  ...sampleApp({ name }),
  kind: "task",
  port: null,
  inputs: [],
  output: null,
  ...more,
});

const PROJECT: Project = {
  ...sampleProject([sampleApp({ name: "api", port: 8000 }), sampleApp({ name: "web", port: 5173 })]),
  tasks: [task("migrate"), task("seed", { start: false, env: () => ({ A: "1" }) })],
  groups: { minimal: ["api"] },
};

/** What needs a new session when the project is changed like this. */
const later = (change: Partial<Project>): string[] => compared(PROJECT, { ...PROJECT, ...change }).later;

test("the same configuration again needs nothing", () => {
  expect(later({ tasks: [task("migrate"), task("seed", { start: false, env: () => ({ A: "1" }) })] })).toEqual([]);
  expect(compared(PROJECT, PROJECT).here).toEqual(PROJECT.apps);
});

test("tasks are named: new, gone, and each that changed", () => {
  const [migrate, seed] = PROJECT.tasks as [Task, Task];
  expect(later({ tasks: [migrate, seed, task("build")] })).toEqual(["the task build"]);
  expect(later({ tasks: [migrate] })).toEqual(["the task seed"]);
  const changed = [
    { ...migrate, inputs: ["/p/migrations"] },
    { ...seed, env: () => ({ A: "2" }) },
  ];
  expect(later({ tasks: changed })).toEqual(["the task migrate", "the task seed"]);
  expect(later({ tasks: [migrate, { ...seed, start: true }] })).toEqual(["the task seed"]);
});

test("groups need no new session", () => {
  expect(later({ groups: { all: ["api", "web"] } })).toEqual([]);
});

test("apps: new, gone, other ports, on instead of off", () => {
  const [api, web] = PROJECT.apps as [Project["apps"][0], Project["apps"][0]];
  expect(later({ apps: [api, web, sampleApp({ name: "mail" })] })).toEqual(["mail is new"]);
  expect(later({ apps: [api] })).toEqual(["web is gone"]);
  expect(later({ apps: [api, { ...web, port: 3000 }] })).toEqual(["the ports of web"]);
  expect(later({ apps: [api, { ...web, start: false }] })).toEqual(["that web is off"]);
  const renamed = { ...web, command: { argv: ["other"], shell: false as const } };
  expect(compared(PROJECT, { ...PROJECT, apps: [api, renamed] })).toEqual({ here: [api, renamed], later: [] });
});
