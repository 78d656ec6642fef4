// The licences of what a bundle holds, for the file beside it.
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

export function licences(root, inputs) {
  const folders = new Set(inputs.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []));
  const texts = [...folders]
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((folder) => {
      const at = path.join(root, folder);
      const { name, version, license } = JSON.parse(readFileSync(path.join(at, "package.json"), "utf8"));
      const named = readdirSync(at).find((one) => /^licen[cs]e/i.test(one));
      const text = named === undefined ? "" : `\n\n${readFileSync(path.join(at, named), "utf8").trim()}`;
      return `${name} ${version}: ${license}${text}`;
    });
  return `${texts.join("\n\n----\n\n")}\n`;
}
