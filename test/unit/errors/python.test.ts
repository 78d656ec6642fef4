import { expect, test } from "vitest";
import type { FoundFault } from "../../../src/errors/found.ts";
import { pythonFinder } from "../../../src/errors/python.ts";

function foundIn(text: string): FoundFault[] {
  const finder = pythonFinder();
  const found = text.split("\n").flatMap((line) => finder.line(line));
  return [...found, ...finder.rest()];
}

const short = ({ message, places }: FoundFault): unknown => [
  message,
  places.map(({ file, line }) => `${file}:${line}`),
];

const FLASK = `[2026-11-29 12:00:00,000] ERROR in app: Exception on /boom [GET]
Traceback (most recent call last):
  File "/venv/lib/python3.12/site-packages/flask/app.py", line 1511, in wsgi_app
    response = self.full_dispatch_request()
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/project/routes.py", line 41, in boom
    return 1 / 0
           ~~^~~
ZeroDivisionError: division by zero
127.0.0.1 - - [29/Nov/2026 12:00:00] "GET /boom HTTP/1.1" 500 -`;

test("a traceback among other lines: its message, its frames with the innermost first, and their code", () => {
  const [fault, ...others] = foundIn(FLASK);
  expect(others).toEqual([]);
  expect(short(fault!)).toEqual([
    "ZeroDivisionError: division by zero",
    ["/project/routes.py:41", "/venv/lib/python3.12/site-packages/flask/app.py:1511"],
  ]);
  expect(fault!.frames[0]?.lines).toEqual(["    return 1 / 0", "           ~~^~~"]);
});

test("a chain of exceptions is one fault, that of the last", () => {
  const chain = `Traceback (most recent call last):
  File "a.py", line 1, in f
    inner()
KeyError: 'x'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "b.py", line 2, in g
    f()
RuntimeError: outer`;
  expect(foundIn(chain).map(short)).toEqual([["RuntimeError: outer", ["b.py:2", "a.py:1"]]]);
});

test("two tracebacks are two faults, with nothing or a blank line between them", () => {
  const one = (name: string): string => `Traceback (most recent call last):
  File "${name}.py", line 3, in <module>
    ${name}()
NameError: name '${name}' is not defined`;
  expect(foundIn(`${one("a")}\nDone\n${one("b")}`).map(({ message }) => message)).toHaveLength(2);
});

test("a syntax error is where it is written", () => {
  const text = `Traceback (most recent call last):
  File "/project/app.py", line 1, in <module>
    import broken
  File "/project/broken.py", line 3
    def f(:
          ^
SyntaxError: invalid syntax`;
  expect(foundIn(text).map(short)).toEqual([
    ["SyntaxError: invalid syntax", ["/project/broken.py:3", "/project/app.py:1"]],
  ]);
});

test("the traceback within an exception group", () => {
  const text = `  + Exception Group Traceback (most recent call last):
  |   File "/project/main.py", line 9, in serve
  |     await group()
  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)
`;
  expect(foundIn(text).map(short)).toEqual([
    ["ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)", ["/project/main.py:9"]],
  ]);
});

test.for(["KeyboardInterrupt", "SystemExit: 1", "asyncio.exceptions.CancelledError", "GeneratorExit"])(
  "%s is no fault",
  (end) => {
    expect(foundIn(`Traceback (most recent call last):\n  File "a.py", line 1, in f\n    f()\n${end}`)).toEqual([]);
  },
);

test("a traceback without its last line is still being printed", () => {
  const finder = pythonFinder();
  for (const line of FLASK.split("\n").slice(0, -2)) finder.line(line);
  expect(finder.busy).toBe(true);
  expect(finder.rest()).toEqual([]);
  finder.line("ZeroDivisionError: division by zero");
  expect(finder.rest()).toHaveLength(1);
  expect(finder.busy).toBe(false);
});

test("a line that only looks like one, and a traceback that never ends, are no fault and do not last", () => {
  expect(foundIn('log: "Traceback (most recent call last):" was printed')).toEqual([]);
  const finder = pythonFinder();
  finder.line("Traceback (most recent call last):");
  for (let line = 0; line < 1_000; line += 1) finder.line(`  more ${line}`);
  expect(finder.line("ValueError: x")).toEqual([]);
});
