import { expect, test } from "vitest";
import { isThere, isUp, type ServiceState } from "../../../src/model/service-status.ts";

test.each<[ServiceState, boolean, boolean]>([
  ["healthy", true, true],
  ["running", true, true],
  ["starting", false, true],
  ["unhealthy", false, true],
  ["restarting", false, true],
  ["paused", false, true],
  ["stopped", false, false],
  ["missing", false, false],
])("a service that is %s: usable %s, its container still there when the session has ended %s", (state, up, there) => {
  expect([isUp(state), isThere(state)]).toEqual([up, there]);
});
