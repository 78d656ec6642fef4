import { typeIn } from "./type-in.ts";
import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { reportLines } from "../../../src/commands/init/report.ts";
import { FLASK, VITE, found } from "../detect/layout.ts";

test("what init found says of each app what runs", () => {
  const lines = reportLines(
    found({
      "shop/manage.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
      "shop/requirements.txt": "django",
      "api/app.py": FLASK,
      "api/requirements.txt": "flask",
      "web/package.json": VITE,
    }),
    new Chalk({ level: 0 }),
  ).join("\n");
  expect(lines).toContain("manage.py runserver in shop");
  expect(lines).toContain("app in api");
  expect(lines).toContain("its dev script in web");
});

test("init says that the file is there, also where it would find nothing to write", async () => {
  const { code, err } = await typeIn({ contents: { "ecosystem.config.json": "{}" } }, "init");
  expect(code).toBe(2);
  expect(err).toContain("DEVPM_CONFIG_EXISTS");
});

test("init --dry-run does not say of a file that is there that it is missing", async () => {
  const { code, err } = await typeIn({ contents: { "ecosystem.config.json": "{}" } }, "init", "--dry-run");
  expect(code).toBe(2);
  expect(err).toContain("There is nothing to detect beside ecosystem.config.json");
  expect(err).not.toContain("no ecosystem file");
});
