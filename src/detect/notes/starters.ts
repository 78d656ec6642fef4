import type { Context } from "../context.ts";
import { firstOfEach, oneLine, whereAt } from "./text.ts";

/** A script that starts devpm, which would start itself. */
export const recursion = ({ fronts }: Context): string[] =>
  fronts
    .filter(({ package: own, script }) => /\bdevpm\b/.test(own.scripts[script ?? ""] ?? ""))
    .map(
      ({ evidence }) =>
        `the script of ${evidence.file} starts devpm itself: the tool behind it is run instead (${whereAt(evidence)})`,
    );

/** Scripts that start several programs together: devpm does that itself. */
export function severalTogether({ commands, fronts }: Context): string[] {
  const several = commands.filter(({ source, words, name, intent }) => {
    const starts =
      /^(turbo|nx|lerna|moon|overmind|foreman|honcho|hivemind|process-compose)$/.test(words[0] ?? "") ||
      (intent.kind === "package" && intent.filter === "*");
    return source === "package" && /^(dev|start|serve)$/.test(name ?? "") && starts;
  });
  const taken = new Set(fronts.map(({ evidence }) => evidence.file));
  return firstOfEach(
    several.filter(({ file }) => !taken.has(file)),
    ({ file }) => file,
  ).map(
    (command) =>
      `\`${command.name}\` of ${command.file} (${oneLine(command.words.join(" "), 60)}) starts several apps: devpm starts them itself (${whereAt(command)})`,
  );
}
