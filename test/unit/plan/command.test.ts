import { expect, test } from "vitest";
import { argvOf } from "../../../src/plan/command.ts";

test.each([
  [
    { argv: ["a", "--port", "$PORT", "--url=http://x:${PORT}/", "$PORTS"], shell: false },
    80,
    ["a", "--port", "80", "--url=http://x:80/", "$PORTS"],
  ],
  [{ argv: ["a", "$PORT"], shell: false }, null, ["a", "$PORT"]],
  [{ line: "a $PORT | b", shell: true }, 80, ["/bin/sh", "-c", "a $PORT | b"]],
] as const)("%j on %s", (command, port, argv) => {
  expect(argvOf(command.shell ? command : { ...command, argv: [...command.argv] }, port)).toEqual(argv);
});
