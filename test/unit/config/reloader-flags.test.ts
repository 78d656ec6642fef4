import { expect, test } from "vitest";
import { reloaderFlags } from "../../../src/config/reloader-flags.ts";

const flags = (line: string): object => reloaderFlags({ argv: line.split(" "), shell: false });

test.each([
  ["uvicorn api:app --reload", { folders: [], watch: [], ignore: [] }],
  [
    "uvicorn api:app --reload --reload-dir src --reload-dir=lib --reload-include *.html",
    { folders: ["src", "lib"], watch: ["src/**/*.html", "lib/**/*.html"], ignore: [] },
  ],
  ["python -m uvicorn api:app --reload-include *.yml", { folders: [], watch: ["**/*.yml"], ignore: [] }],
  ["uvicorn api:app --reload-include templates", { folders: [], watch: ["templates"], ignore: [] }],
  [
    "uvicorn api:app --reload-exclude tests/* --reload-exclude=*_made.py --reload-exclude /srv/out",
    { folders: [], watch: [], ignore: ["**/tests/*", "*_made.py", "/srv/out"] },
  ],
  [
    "flask run --debug --extra-files a.yml:conf/b.yml --exclude-patterns */test_*.py:*/out/*",
    { folders: [], watch: ["a.yml", "conf/b.yml"], ignore: ["**/test_*.py", "**/out/*"] },
  ],
  [
    "python manage.py runserver_plus --extra-file a.yml --exclude-pattern *.tmp.py",
    { folders: [], watch: ["a.yml"], ignore: ["*.tmp.py"] },
  ],
  ["node server.js --reload-dir src", { folders: [], watch: [], ignore: [] }],
])("%s", (line, expected) => {
  expect(flags(line)).toEqual(expected);
});

test("a line for a shell is left as it is", () => {
  const command = { line: "uvicorn api:app --reload-dir src && true", shell: true } as const;
  expect(reloaderFlags(command)).toEqual({ folders: [], watch: [], ignore: [] });
});
