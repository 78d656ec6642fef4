import path from "node:path";
import { dataAt, isData, textAt, textsOf, yaml } from "../../parse/data.ts";
import { lineWhere } from "../../parse/text.ts";
import type { Repository } from "../../repository/snapshot.ts";
import type { Written } from "../found-command.ts";

/** Commands that README and similar files show: the blocks of code, and commands within a sentence. */
export function documented(repository: Repository): Written[] {
  return repository.files
    .filter((file) => /\.(mdx?|rst|txt)$/i.test(file) && !/requirements|constraints|CHANGELOG|LICENSE/i.test(file))
    .flatMap((file) => {
      const text = repository.text(file);
      return text === null ? [] : markdown(file, text);
    });
}

const SHELLS = /^(bash|sh|shell|zsh|console|cmd|powershell|ps1|bat|terminal|text|shell-session|makefile|)$/i;

function markdown(file: string, text: string): Written[] {
  const folder = path.posix.dirname(file);
  const lines = text.split("\n");
  const found: Written[] = [];
  let block: { from: number; fence: string; lines: string[] } | null = null;
  // after `cd backend` in one block, a reader is still there in the next
  let before = "";
  for (const [at, line] of lines.entries()) {
    const fence = /^\s*(```+|~~~+)\s*([\w-]*)/.exec(line);
    if (block) {
      if (fence?.[1]?.startsWith(block.fence)) {
        found.push({
          text: `${before}${block.lines.join("\n")}`,
          folder,
          file,
          line: block.from - count(before),
          source: "readme",
        });
        before += moves(block.lines);
        block = null;
      } else block.lines.push(unprompted(line));
    } else if (fence && SHELLS.test(fence[2] ?? "")) block = { from: at + 2, fence: fence[1] ?? "```", lines: [] };
    else if (fence) block = { from: at + 2, fence: fence[1] ?? "```", lines: [] };
    else {
      if (/^#{1,2}\s/.test(line)) before = "";
      for (const command of inline(line))
        found.push({ text: `${before}${command}`, folder, file, line: at + 1 - count(before), source: "readme" });
    }
  }
  return found;
}

const count = (text: string): number => text.split("\n").length - 1;

const unprompted = (line: string): string =>
  line.replace(/^\s*(\$|>|%|PS [^>]*>|\(\.?\w+\)\s*\$?|[A-Z]:\\[^>]*>)\s+/, "").trim();

/** The `cd` lines of a block, without what is only a comment or a clone. */
const moves = (lines: readonly string[]): string =>
  lines
    .filter((line) => /^cd\s+\S+/.test(line))
    .map((line) => `${/^cd\s+\S+/.exec(line)?.[0] ?? ""}\n`)
    .join("");

const COMMAND =
  /^(\$ )?(cd|uv|poetry|pipenv|pdm|python3?|flask|fastapi|uvicorn|gunicorn|npm|pnpm|yarn|bun|npx|make|just|docker|docker-compose|cp|celery|\.\/)\b/;

const inline = (line: string): string[] =>
  [...line.matchAll(/`([^`]{4,200})`/g)].flatMap(([, code = ""]) =>
    COMMAND.test(code) && code.includes(" ") ? [unprompted(code)] : [],
  );

/** `run:` of the workflows: last in rank, but present in a repository without a README. */
export function workflows(repository: Repository): Written[] {
  return repository.files
    .filter((file) => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(file))
    .flatMap((file) => {
      const text = repository.text(file);
      if (text === null || !/uvicorn|gunicorn|fastapi|flask|runserver|compose/.test(text)) return [];
      return Object.values(dataAt(yaml(text), "jobs")).flatMap((job) => {
        const usual = textAt(job, "defaults", "run", "working-directory") ?? ".";
        const steps: unknown[] = isData(job) && Array.isArray(job.steps) ? (job.steps as unknown[]) : [];
        return steps.flatMap((step) =>
          textsOf(isData(step) ? step.run : null).map((run): Written => ({
            text: run,
            folder: path.posix.normalize(textAt(step, "working-directory") ?? usual),
            file,
            line: lineWhere(text, run.split("\n")[0] ?? ""),
            source: "ci",
            stage: "test",
          })),
        );
      });
    });
}
