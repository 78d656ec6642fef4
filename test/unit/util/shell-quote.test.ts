import { expect, test } from "vitest";
import { shellQuote, shellWords } from "../../../src/util/shell-quote.ts";

test.for([["npx", "devpm"], ["/my tools/devpm.js"], ["it's", "a 'b' c", "plain"], ["'"]])(
  "the words of a line that was quoted are what they were: %j",
  (words) => expect(shellWords(shellQuote(...words))).toEqual(words),
);
