import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { bashScript } from "../../../src/ui/completion-bash.ts";
import { fishScript } from "../../../src/ui/completion-fish.ts";
import { zshScript } from "../../../src/ui/completion-zsh.ts";
import type { Completable, CompletableOption } from "../../../src/ui/completion.ts";

const flag = (flags: string[], values: CompletableOption["values"] | null = null): CompletableOption => ({
  flags,
  description: `it's ${flags[0]}: yes`,
  takesValue: values !== null,
  values: values ?? [],
});
const command = (name: string, over: Partial<Completable> = {}): Completable => ({
  name,
  description: `does: ${name}, and it's quick`,
  options: [],
  commands: [],
  takes: "nothing",
  ...over,
});
const program = command("devpm", {
  options: [flag(["-C", "--cwd"], []), flag(["--verbose"])],
  commands: [
    command("dev", { options: [flag(["--only"], "apps"), flag(["--json"])] }),
    command("logs", {
      takes: "apps",
      options: [flag(["-n", "--lines"], []), flag(["--level"], ["error", "warn", "info"])],
    }),
    command("infra", { commands: [command("up", { options: [flag(["--json"])] }), command("down")] }),
    command("completion", { takes: ["bash", "zsh"] }),
  ],
});

const folder = mkdtempSync(path.join(tmpdir(), "devpm-complete-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What bash offers for the last of these words. */
function offered(...words: string[]): string[] {
  const file = path.join(folder, "completion.bash");
  writeFileSync(file, bashScript(program));
  const script = `source "$0"; devpm() { printf 'backend\\nweb\\n'; }
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _devpm; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const printed = execFileSync("bash", ["--norc", "-c", script, file, "devpm", ...words], { encoding: "utf8" });
  return printed.split("\n").filter((line) => line !== "");
}

describe("completion in bash", () => {
  it("offers commands, their flags, their subcommands and the project's apps", () => {
    expect(offered("")).toEqual(["dev", "logs", "infra", "completion"]);
    expect(offered("lo")).toEqual(["logs"]);
    expect(offered("--v")).toEqual(["--verbose"]);
    expect(offered("logs", "")).toEqual(["backend", "web"]);
    expect(offered("logs", "backend", "w")).toEqual(["web"]);
    expect(offered("logs", "--l")).toEqual(["--lines", "--level"]);
    expect(offered("infra", "")).toEqual(["up", "down"]);
    expect(offered("infra", "up", "--")).toEqual(["--json"]);
    expect(offered("completion", "z")).toEqual(["zsh"]);
  });

  it("offers a flag's values, and files where it takes anything", () => {
    expect(offered("logs", "--level", "")).toEqual(["error", "warn", "info"]);
    expect(offered("dev", "--only", "")).toEqual(["backend", "web"]);
    expect(offered("logs", "--lines", "")).toEqual([]);
  });

  it("takes no value of a global flag for a command", () => {
    expect(offered("-C", "logs", "")).toEqual(["dev", "logs", "infra", "completion"]);
    expect(offered("--verbose", "logs", "")).toEqual(["backend", "web"]);
  });
});

describe("completion in zsh and fish", () => {
  it("quotes what its language would take for its own", () => {
    expect(zshScript(program)).toContain(String.raw`'--verbose:it'\''s --verbose\: yes'`);
    expect(fishScript(program)).toContain(String.raw`-l verbose -d 'it\'s --verbose: yes'`);
  });

  it("says of every flag whether a value follows", () => {
    const fish = fishScript(program);
    expect(fish).toContain(`complete -c devpm -n '__fish_seen_subcommand_from logs' -s n -l lines -r -F -d`);
    expect(fish).toContain(
      `complete -c devpm -n '__fish_seen_subcommand_from logs' -l level -x -a 'error warn info' -d`,
    );
    expect(zshScript(program)).toContain(`" logs"*" -n"|" logs"*" --lines") _files; return ;;`);
    expect(zshScript(program)).toContain("-C|--cwd) ((i++)) ;;");
  });
});
