import type { Parser, PartialParse } from "@lezer/common";
import { parser as javascript } from "@lezer/javascript";
import { parser as python } from "@lezer/python";
import { expect, test } from "vitest";
import { parsed } from "../../../../src/detect/parse/bounded-parse.ts";

/** The same parser, with a count of the steps it takes. */
function counting(parser: Parser): { parser: Parser; steps: () => number } {
  let steps = 0;
  const counted = Object.create(parser) as Parser;
  counted.startParse = (...args) => {
    const parse: PartialParse & { recovering?: number } = parser.startParse(...args);
    const { advance } = parse;
    parse.advance = function step() {
      steps++;
      return advance.call(this);
    };
    return parse;
  };
  return { parser: counted, steps: () => steps };
}

const typescript = javascript.configure({ dialect: "ts jsx" });

test.each([
  ["JavaScript", typescript, "*"],
  ["JavaScript", typescript, "{a,"],
  ["JavaScript", typescript, "'"],
  ["Python", python, ")"],
  ["Python", python, "= ="],
])("%s that is none is given up after some hundred steps", (_, parser, piece) => {
  const { parser: counted, steps } = counting(parser);
  expect(parsed(counted, piece.repeat(30_000))).toBeNull();
  expect(steps()).toBeLessThan(3_000);
});

test("a file with errors in it is read as far as it makes sense", () => {
  const broken = "export default { server: { port: 3000 } }\n" + "const a = ;\nlet ) = 4;\n".repeat(3);
  expect(parsed(typescript, broken)?.topNode.getChild("ExportDeclaration")).not.toBeNull();
  const flask = `${"x = = 1\n".repeat(8)}app = Flask(__name__)\n`;
  const assigned = parsed(python, flask)?.topNode.lastChild;
  expect(flask.slice(assigned?.from, assigned?.to)).toBe("app = Flask(__name__)");
});

test("a large file without errors is read to its end", () => {
  const large = "export const value = { server: { port: 3000 } };\n".repeat(3_000);
  expect(parsed(typescript, large)?.length).toBe(large.length);
});
