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

const PRE = "<pre>";
const FENCE = /^\s*(```+|~~~+|<pre>(?=(?:<code>)?\s*$))\s*([\w-]*)/;
const WINDOWS = /^(cmd|bat|batch|dos|powershell|pwsh|ps1)$/i;

interface Block {
  from: number;
  fence: string;
  shell: boolean;
  lines: string[];
}

const blockAt = (at: number, [, fence = "```", language = ""]: RegExpExecArray): Block => ({
  from: at + 2,
  fence,
  shell: !WINDOWS.test(language),
  lines: [],
});

const fenceIn = (line: string, block: Block | null): RegExpExecArray | null =>
  (block?.fence === PRE ? /^\s*(?:<\/code>)?(<\/pre>)/ : FENCE).exec(line);

function markdown(file: string, text: string): Written[] {
  const folder = path.posix.dirname(file);
  const lines = text.split("\n");
  const found: Written[] = [];
  let block: Block | null = null;
  // after `cd backend` in one block, a reader is still there in the next
  let before = "";
  for (const [at, line] of lines.entries()) {
    const fence = fenceIn(line, block);
    if (block) {
      if (fence && (block.fence === PRE || fence[1]?.startsWith(block.fence))) {
        found.push({
          text: `${before}${block.shell ? block.lines.join("\n") : slashed(block.lines.join("\n"))}`,
          folder,
          file,
          line: block.from - count(before),
          source: "readme",
        });
        before = afterwards(before, block.lines);
        // one with a language begins a block, also where the end of the one before was forgotten
        block = fence[2] ? blockAt(at, fence) : null;
      } else block.lines.push(unprompted(line));
    } else if (fence) block = blockAt(at, fence);
    else {
      if (/^#{1,2}\s/.test(line)) before = "";
      const own = indented(line, file.endsWith(".rst")) ?? plain(line);
      if (own !== null) {
        found.push({ text: `${before}${own}`, folder, file, line: at + 1 - count(before), source: "readme" });
        before = afterwards(before, [own]);
      }
      const copy = copied(line);
      if (copy !== null) found.push({ text: copy, folder, file, line: at + 1, source: "readme" });
      for (const command of inline(line)) {
        found.push({ text: `${before}${command}`, folder, file, line: at + 1 - count(before), source: "readme" });
        // a step of its own
        if (/^cd \S+$/.test(command)) before = afterwards(before, [command]);
      }
    }
  }
  return found;
}

const count = (text: string): number => text.split("\n").length - 1;

/** Without what a shell shows before it: `(.venv) $`, `PS C:\work>`, `me@host:~/shop$`. */
const unprompted = (line: string): string =>
  line.replace(/^\s*(\(\.?[\w-]+\)\s*)?(PS [^>]*>|[A-Z]:\\[^>]*>|[\w.-]+@[\w.-]+:[^\s$#]*[$#]|[$>%])?\s+/, "").trim();

/** A longer way is none that a reader has gone: every command below would carry it. */
const LONGEST_WAY = 500;

/** The `cd` lines so far, with those of a block and the name of Flask's app, without what is only a comment or a clone. */
function afterwards(before: string, lines: readonly string[]): string {
  // a shell within a container is somewhere else
  if (lines.some((line) => INTO_CONTAINER.test(line))) return "";
  const kept = lines.flatMap((line) => KEPT.exec(line)?.[0] ?? []);
  const way = kept.map((line) => `${line}\n`).join("");
  return before.length + way.length > LONGEST_WAY ? "" : before + way;
}

const INTO_CONTAINER =
  /^\s*(\$ )?(docker|docker-compose|docker compose|podman|kubectl) (exec|run)\b.*\s(\/bin\/)?(ba|z)?sh\s*$/;

/** What is still so in the next block of a document. */
const KEPT = /^(cd\s+\S+|(export |set |\$env:)(FLASK|QUART)_\w+\s?=\s?\S+)/;

const COMMAND =
  /^(\$ )?([A-Z_]+=\S+ +)*(\.?[\w./\\-]+[/\\])?(cd|uv|poetry|pipenv|pdm|hatch|pixi|python3?|py|flask|quart|fastapi|uvicorn|gunicorn|hypercorn|granian|litestar|sanic|streamlit|chainlit|marimo|npm|pnpm|yarn|bun|npx|make|just|langgraph|docker|docker-compose|cp|celery|\.\/)\b/;

/** A line of code by its indent alone, also in a list: `    $ npm run dev`. A copy may be written as `cp A > B`. */
function indented(line: string, isRst: boolean): string | null {
  const [, text = ""] = (isRst ? /^(?: {2,}|\t+)(\S.*)$/ : /^(?: {4,}|\t+)(?:[-*]\s+)?(\S.*)$/).exec(line) ?? [];
  const command = unprompted(text).replace(/^(cp\s+\S+)\s+>\s*(\S+)$/, "$1 $2");
  return COMMAND.test(command) && command.includes(" ") ? command : null;
}

/** A line that is a command and nothing else, without any sign of code. */
const plain = (line: string): string | null => (ALONE.test(line) ? line : null);

const ALONE =
  /^(cd [\w./-]+|(uvicorn|gunicorn|hypercorn) [\w.]+:\w+( -[\w-]+([ =][\w.:][\w.:-]*)?)*|flask( --app \S+)? run( -[\w-]+([ =][\w.:][\w.:-]*)?)*|fastapi (dev|run)( [\w./-]+\.py)?|python3? [\w./-]+\.py|npm (start|run [\w:-]+))\s*$/;

/** Of English, and of Spanish, Portuguese, French, German, Russian, Chinese, Japanese and Korean. */
const COPIES =
  /\b(cop(y|ied|i[ae]\w*)|renam\w*|renom\w*|creat\w*|crea\w*|cré\w*|duplic\w*|mak\w*|kopier\w*|umbenenn\w*)|скопир|переимен|созда|复制|重命名|改名|コピー|リネーム|복사/i;

/**
 * "Create `.env` from `.env.dev`", "copy .env.sample to .env", "rename `config.example.yaml` to `config.yaml`": of the two names the
 * longer one is what is there.
 */
function copied(line: string): string | null {
  const names = [...line.replaceAll(/\]\([^)]{0,200}\)/g, "]").matchAll(NAMED)].map(([name]) =>
    name.replace(/\.$/, ""),
  );
  const [first, second] = [...new Set(names)];
  if (first === undefined || second === undefined || new Set(names).size > 2) return null;
  if (path.posix.dirname(first) !== path.posix.dirname(second)) return null;
  if (!COPIES.test(line)) return null;
  const [target, template] = [first, second].toSorted(
    (a, b) => path.posix.basename(a).length - path.posix.basename(b).length,
  );
  return `cp ${template} ${target}`;
}

/** A file of variables, or one whose name shows a template and what is made of it. */
const NAMED =
  /(?<![\w./-])(?:[\w.-]+\/)*(?:[\w-]*\.env[\w.-]*|[\w-]*env\.(?:example|sample|template)|(?:config|settings|secrets|local)[\w.-]*\.(?:ya?ml|toml|json|ini|py|cfg|example|sample|template|dist))(?![\w/-])/g;

const inline = (line: string): string[] =>
  [...line.matchAll(/`([^`]{4,200})`|<code>([^<]{4,200})<\/code>/g)].flatMap(([, ticked, tagged]) => {
    const code = ticked ?? tagged ?? "";
    return COMMAND.test(code) && code.includes(" ") ? [unprompted(code)] : [];
  });

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
