import path from "node:path";
import { dataAt, isData, textAt, textsOf, yaml } from "../../parse/data.ts";
import { lineWhere } from "../../parse/text.ts";
import type { Repository } from "../../repository/snapshot.ts";
import type { Written } from "../found-command.ts";
import { slashed } from "./scripts.ts";

/** Commands that README and similar files show: the blocks of code, and commands within a sentence. */
export function documented(repository: Repository): Written[] {
  return repository.files
    .filter((file) => /\.(mdx?|rst|txt)$/i.test(file) && !/requirements|constraints|CHANGELOG|LICENSE/i.test(file))
    .flatMap((file) => {
      const text = repository.text(file);
      return text === null ? [] : markdown(file, text);
    });
}

const WINDOWS = /^(cmd|bat|batch|dos|powershell|pwsh|ps1)$/i;

function markdown(file: string, text: string): Written[] {
  const folder = path.posix.dirname(file);
  const lines = text.split("\n");
  const found: Written[] = [];
  let block: { from: number; fence: string; shell: boolean; lines: string[] } | null = null;
  // after `cd backend` in one block, a reader is still there in the next
  let before = "";
  for (const [at, line] of lines.entries()) {
    const fence = /^\s*(```+|~~~+)\s*([\w-]*)/.exec(line);
    if (block) {
      if (fence?.[1]?.startsWith(block.fence)) {
        found.push({
          text: `${before}${block.shell ? block.lines.join("\n") : slashed(block.lines.join("\n"))}`,
          folder,
          file,
          line: block.from - count(before),
          source: "readme",
        });
        before = afterwards(before, block.lines);
        block = null;
      } else block.lines.push(unprompted(line));
    } else if (fence)
      block = { from: at + 2, fence: fence[1] ?? "```", shell: !WINDOWS.test(fence[2] ?? ""), lines: [] };
    else {
      if (/^#{1,2}\s/.test(line)) before = "";
      const own = indented(line) ?? plain(line);
      if (own !== null) {
        found.push({ text: `${before}${own}`, folder, file, line: at + 1 - count(before), source: "readme" });
        before = afterwards(before, [own]);
      }
      const copy = copied(line);
      if (copy !== null) found.push({ text: copy, folder, file, line: at + 1, source: "readme" });
      for (const command of inline(line))
        found.push({ text: `${before}${command}`, folder, file, line: at + 1 - count(before), source: "readme" });
    }
  }
  return found;
}

const count = (text: string): number => text.split("\n").length - 1;

const unprompted = (line: string): string =>
  line.replace(/^\s*(\$|>|%|PS [^>]*>|\(\.?\w+\)\s*\$?|[A-Z]:\\[^>]*>)\s+/, "").trim();

/** A longer way is none that a reader has gone: every command below would carry it. */
const LONGEST_WAY = 2_000;

/** The `cd` lines so far, with those of a block, without what is only a comment or a clone. */
function afterwards(before: string, lines: readonly string[]): string {
  const way = lines
    .filter((line) => /^cd\s+\S+/.test(line))
    .map((line) => `${/^cd\s+\S+/.exec(line)?.[0] ?? ""}\n`)
    .join("");
  return before.length + way.length > LONGEST_WAY ? "" : before + way;
}

const COMMAND =
  /^(\$ )?(cd|uv|poetry|pipenv|pdm|python3?|flask|fastapi|uvicorn|gunicorn|npm|pnpm|yarn|bun|npx|make|just|langgraph|docker|docker-compose|cp|celery|\.\/)\b/;

/** A line of code by its indent alone, also in a list: `    $ npm run dev`. A copy may be written as `cp A > B`. */
function indented(line: string): string | null {
  const [, text = ""] = /^(?: {4,}|\t+)(?:[-*]\s+)?(\S.*)$/.exec(line) ?? [];
  const command = unprompted(text).replace(/^(cp\s+\S+)\s+>\s*(\S+)$/, "$1 $2");
  return COMMAND.test(command) && command.includes(" ") ? command : null;
}

/** A line that is a command and nothing else, without any sign of code. */
const plain = (line: string): string | null => (ALONE.test(line) ? line : null);

const ALONE =
  /^(cd [\w./-]+|(uvicorn|gunicorn|hypercorn) [\w.]+:\w+( -[\w-]+([ =][\w.:][\w.:-]*)?)*|flask( --app \S+)? run( -[\w-]+([ =][\w.:][\w.:-]*)?)*|fastapi (dev|run)( [\w./-]+\.py)?|python3? [\w./-]+\.py|npm (start|run [\w:-]+))\s*$/;

/**
 * "Create `.env` from `.env.dev`", "copy .env.sample to .env", "rename `config.example.yaml` to `config.yaml`": of the two names the
 * longer one is what is there.
 */
function copied(line: string): string | null {
  const names = [...line.replaceAll(/\]\([^)]*\)/g, "]").matchAll(NAMED)].map(([name]) => name.replace(/\.$/, ""));
  const [first, second] = [...new Set(names)];
  if (first === undefined || second === undefined || new Set(names).size > 2) return null;
  if (path.posix.dirname(first) !== path.posix.dirname(second)) return null;
  if (!/\b(cop(y|ied)|renam\w*|creat\w*|duplicat\w*|mak\w*)\b/i.test(line)) return null;
  const [target, template] = [first, second].toSorted(
    (a, b) => path.posix.basename(a).length - path.posix.basename(b).length,
  );
  return `cp ${template} ${target}`;
}

/** A file of variables, or one whose name shows a template and what is made of it. */
const NAMED =
  /(?<![\w./-])(?:[\w.-]+\/)*(?:\.env[\w.-]*|[\w-]*env\.(?:example|sample|template)|(?:config|settings|secrets|local)[\w.-]*\.(?:ya?ml|toml|json|ini|py|cfg|example|sample|template|dist))(?![\w/-])/g;

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
