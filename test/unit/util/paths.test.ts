import { expect, test } from "vitest";
import { pathFrom, upwards } from "../../../src/util/paths.ts";

test("a path is written relative to the reader's folder where it is inside, else whole", () => {
  expect(pathFrom("/p", "/p/api/routes.py")).toBe("api/routes.py");
  expect(pathFrom("/p/", "/p")).toBe(".");
  expect(pathFrom("/p", "/p/..data/a.py")).toBe("..data/a.py");
  expect(pathFrom("/p", "/pp/routes.py")).toBe("/pp/routes.py");
  expect(pathFrom("/p/ui", "/p")).toBe("/p");
});

test("the folders upwards end with the root, with themselves where they are elsewhere, or with all of them", () => {
  expect(upwards("/p/api/web", "/p")).toEqual(["/p/api/web", "/p/api", "/p"]);
  expect(upwards("/p", "/p")).toEqual(["/p"]);
  expect(upwards("/pp/api", "/p")).toEqual(["/pp/api"]);
  expect(upwards("/p/api")).toEqual(["/p/api", "/p", "/"]);
  expect(upwards("/")).toEqual(["/"]);
});
