import { expect, test } from "vitest";
import { helpers } from "../../../src/system/processes/helpers.ts";

test("a line that comes in parts is one message; what is no JSON, or was cut off, is none", async () => {
  const halves = String.raw`printf '{"half":"\303' >&3; read -r go <&3; printf '\244"}\n{"next":2}\nnot JSON\n{"cut":3}' >&3`;
  const env = { PATH: "/usr/bin:/bin" };
  const helper = helpers.start("/bin/sh", ["-c", halves], { env, lines: 1 })!;
  const [line] = helper.lines;
  const messages: Record<string, unknown>[] = [];
  line!.onMessage((message) => messages.push(message));
  line!.send("go");
  expect(await helper.exited).toBe(0);
  await line!.closed;
  expect(messages).toEqual([{ half: "ä" }, { next: 2 }]);
});
