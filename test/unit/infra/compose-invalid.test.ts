import { expect, test } from "vitest";
import { composeInvalid, missingEnvFile } from "../../../src/infra/diagnose-compose.ts";

const files = ["/p/compose.yml"];

test.each([
  "env file /p/api/.env not found: stat /p/api/.env: no such file or directory",
  "couldn't find env file: /p/api/.env",
  "Failed to load /p/api/.env: open /p/api/.env: no such file or directory",
])("an environment file that is not there is made, from its template where there is one: %s", (output) => {
  expect(missingEnvFile(output)).toBe("/p/api/.env");
  expect(composeInvalid(files, output).fixes[0]?.command).toBe("touch /p/api/.env && devpm dev");
  const [made] = composeInvalid(files, output, "/p/api/.env.example").fixes;
  expect(made?.command).toBe("cp /p/api/.env.example /p/api/.env && devpm dev");
});

test("anything else is Compose's to explain", () => {
  const output = "yaml: line 3: did not find expected node content";
  expect(missingEnvFile(output)).toBeNull();
  expect(composeInvalid(files, output)).toMatchObject({ excerpt: [output], fixes: [{ label: "see it checked" }] });
});
