import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { parseCommand } from "../../../src/config/command-line.ts";

/** What /bin/sh makes of a line: the reference. */
function shellWords(line: string): string[] {
  const script = `for word in ${line}; do printf '%s\\0' "$word"; done`;
  return execFileSync("/bin/sh", ["-c", script], { encoding: "utf8", env: { PORT: "$PORT" } })
    .split("\0")
    .slice(0, -1);
}

test.each([
  "python -m worker --port $PORT",
  "  spaces   and\ttabs  ",
  `echo 'single $HOME and \\ stay' "double \\" quote"`,
  String.raw`a\ b c\'d e\"f`,
  `node -e "console.log('x')"`,
  `mixed"quo"'ted'word`,
  `empty '' ""`,
  "run a=b --flag=~/x user@host:~",
  '"--port=${PORT}" x"$PORT"y',
  "price 5$ 100%",
])("words as a shell reads them: %s", (line) => {
  expect(parseCommand(line)).toEqual({ argv: shellWords(line), shell: false });
});

test.each([
  "a | b",
  "a && b",
  "a; b",
  "a > out.txt",
  "a 2>&1",
  "ls *.py",
  "ls file?",
  "echo $HOME",
  'echo "$HOME"',
  "echo `date`",
  "echo $(date)",
  "a {b,c}",
  "a # not this",
  "~/bin/tool",
  "FOO=1 python app.py",
  "cd ui",
  "exec python app.py",
  "source .env",
  "exit 3",
  ":",
  "echo 'literally $PORT'",
  String.raw`echo \$PORT`,
  "an 'unfinished quote",
  "",
])("left to a shell: %s", (line) => {
  expect(parseCommand(line)).toEqual({ line, shell: true });
});
