import { expect, test } from "vitest";
import { planRequest, type TypedRequest } from "../../../src/commands/request/typed-request.ts";

const plan = (typed: Partial<TypedRequest>, base = "http://localhost:5050") =>
  planRequest(base, { app: "api", path: "/", method: undefined, body: null, headers: [], ...typed });

const sent = (typed: Partial<TypedRequest>) => {
  const planned = plan(typed);
  return planned.ok ? planned.value.request : planned.diagnostics.map(({ summary }) => summary);
};

test("a path alone is a GET of it, by the protocol of the app", () => {
  expect(sent({ path: "/items?page=2" })).toEqual({
    method: "GET",
    path: "/items?page=2",
    body: null,
    secure: false,
    headers: [],
  });
  expect(plan({}, "https://localhost:5443")).toMatchObject({ value: { request: { secure: true } } });
});

test.each([
  ["JSON", '{"a":1}', "application/json"],
  ["anything else", "a=1&b=2", "application/x-www-form-urlencoded"],
])("a body makes it a POST: %s", (_, body, type) => {
  expect(sent({ body })).toMatchObject({ method: "POST", body, headers: [["content-type", type]] });
});

test("what is typed comes before what is guessed", () => {
  expect(sent({ method: "put", body: "{}", headers: ["Content-Type: text/plain", "X-Own:yes"] })).toMatchObject({
    method: "PUT",
    headers: [
      ["Content-Type", "text/plain"],
      ["X-Own", "yes"],
    ],
  });
});

test.each(["items", "//example.com/", "http://example.com/", ""])("%j is no path of the app", (path) => {
  expect(sent({ path })).toEqual([`"${path}" is not a path of api: expected one such as /api/items`]);
});

test("all that is wrong is named at once", () => {
  expect(sent({ path: "items", method: "GE T", headers: ["X-Own", "A: 1", "B: 1\r\nC: 2"] })).toEqual([
    '"items" is not a path of api: expected one such as /api/items',
    `-H: "X-Own" is not a header: expected 'Name: value'`,
    `-H: "B: 1\r\nC: 2" is not a header: expected 'Name: value'`,
    '-X: "GE T" is not a method',
  ]);
});
