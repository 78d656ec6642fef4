import { expect, test } from "vitest";
import { isElsewhere, isForDeployment, isForTests } from "../../../../src/detect/compose/elsewhere.ts";

test.each([
  ...["compose.test.yml", "docker-compose-tests.yml", "tests/compose.yml", "testing/compose.yml", "testdb", "db_test"],
  ...["compose.pytest.yml", "e2e.compose.yml", "docker-compose.ci.yml", "ci/compose.yml"],
])("%s is for tests", (name) => {
  expect([isForTests(name), isForDeployment(name), isElsewhere(name)]).toEqual([true, false, true]);
});

test.each([
  ...["docker-compose.prod.yml", "compose.production.yml", "deploy/compose.yml", "staging.compose.yml"],
  ...["compose.qa.yml", "docker-compose.gpu.yml", "compose.traefik.yml"],
])("%s is for another machine", (name) => {
  expect([isForTests(name), isForDeployment(name), isElsewhere(name)]).toEqual([false, true, true]);
});

test.each(["compose.yml", "docker-compose.dev.yml", "latest/compose.yml", "contest/compose.yml", "cinema/compose.yml"])(
  "%s is a developer's",
  (name) => {
    expect(isElsewhere(name)).toBe(false);
  },
);
