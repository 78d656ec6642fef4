import { expect, test } from "vitest";
import { notReady } from "../../../src/readiness/not-ready.ts";
import { sampleApp } from "../plan/sample.ts";

const api = sampleApp({ port: 5050 });

/** The labels of the evidence with their texts. */
const said = (...sockets: { port: number; address: string }[]): Record<string, unknown> =>
  Object.fromEntries(notReady(api, [], sockets).evidence);

test.each([
  ["127.0.0.1", "5050"],
  ["::1", "5050"],
  ["0.0.0.0", "5050"],
  ["::", "5050"],
])("an app on %s: its port", (address, where) => {
  expect(said({ port: 5050, address })).toMatchObject({ "listens on": where });
  expect(said({ port: 5050, address })).not.toHaveProperty("cause");
});

test.each([
  ["10.0.0.5", "10.0.0.5:5050"],
  ["fd00:0:0:0:0:0:0:1", "[fd00:0:0:0:0:0:0:1]:5050"],
])("an app on %s alone: localhost does not lead there", (address, where) => {
  expect(said({ port: 5050, address })).toMatchObject({
    "listens on": where,
    cause: `it listens on ${address} only, which localhost does not reach`,
    write: "127.0.0.1 as the host that it listens on",
  });
});

test("one of several addresses is enough; another port is no reason", () => {
  const both = said({ port: 5050, address: "10.0.0.5" }, { port: 5050, address: "127.0.0.1" });
  expect(both).not.toHaveProperty("cause");
  expect(said({ port: 9000, address: "10.0.0.5" }, { port: 22, address: "::" })).toEqual({
    "waited for": "port 5050 to accept a connection",
    "listens on": "22, 10.0.0.5:9000",
    "set by": "apps.api.ready",
  });
  expect(said()).toMatchObject({ "listens on": "no port" });
});
