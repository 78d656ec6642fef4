import { expect, test } from "vitest";
import { composeInvalid, missingEnvFile, unsetVariables } from "../../../src/infra/diagnose-compose.ts";

const files = ["/p/compose.yml"];

test.each([
  "env file /p/api/.env not found: stat /p/api/.env: no such file or directory",
  "couldn't find env file: /p/api/.env",
  "Failed to load /p/api/.env: open /p/api/.env: no such file or directory",
])("an environment file that is not there is made, from its template where there is one: %s", (output) => {
  expect(missingEnvFile(output)).toBe("/p/api/.env");
  const file = "/p/api/.env";
  const [empty] = composeInvalid(files, output, { file, template: null }).fixes;
  expect(empty?.command).toBe("touch /p/api/.env && devpm dev");
  const [made] = composeInvalid(files, output, { file, template: "/p/api/.env.example" }).fixes;
  expect(made?.command).toBe("cp /p/api/.env.example /p/api/.env && devpm dev");
});

test.each([
  [
    String.raw`time="x" level=warning msg="The \"DB_USER\" variable is not set. Defaulting to a blank string."
time="x" level=warning msg="The \"DB_PORT\" variable is not set. Defaulting to a blank string."
time="x" level=warning msg="The \"DB_PORT\" variable is not set. Defaulting to a blank string."
No port specified: :<empty>`,
    "DB_USER=change_me DB_PORT=5432",
    ["No port specified: :<empty>"],
  ],
  [
    "error while interpolating services.db.environment.X: required variable REDIS_PORT is missing a value: set it",
    "REDIS_PORT=6379",
    undefined,
  ],
])("variables that nothing sets are named, and written down: %#", (output, lines, excerpt) => {
  const env = { file: "/p/.env", template: null };
  expect(unsetVariables(output)).toEqual(lines.split(" ").map((line) => line.split("=")[0]));
  const block = composeInvalid(files, output, env);
  expect(block.evidence).toContainEqual(["not set", unsetVariables(output).join(", ")]);
  expect(block.fixes[0]?.command).toBe(String.raw`printf '\n%s' ${lines} >> /p/.env && devpm dev`);
  if (excerpt) expect(block.excerpt).toEqual(excerpt);
  const [copied] = composeInvalid(files, output, { ...env, template: "/p/.env.example" }).fixes;
  expect(copied?.command).toBe("cp /p/.env.example /p/.env && devpm dev");
});

test("anything else is Compose's to explain", () => {
  const output = "yaml: line 3: did not find expected node content";
  expect(missingEnvFile(output)).toBeNull();
  expect(composeInvalid(files, output)).toMatchObject({ excerpt: [output], fixes: [{ label: "see it checked" }] });
});
