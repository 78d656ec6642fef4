import { expect, test } from "vitest";
import { commandsIn, expand } from "../../../../src/detect/commands/shell.ts";
import { meantBy } from "../../../../src/detect/commands/intent.ts";
import { parallelOf, unwrap } from "../../../../src/detect/commands/unwrap.ts";

test.each<[string, object[]]>([
  ["cd api && uvicorn main:app --port 8001", [{ words: ["uvicorn", "main:app", "--port", "8001"], cds: ["api"] }]],
  [
    "(cd web; npm run dev) & flask run",
    [
      { words: ["npm", "run", "dev"], cds: ["web"] },
      { words: ["flask", "run"], cds: [] },
    ],
  ],
  [
    "export FLASK_APP=shop\nflask run -p 5002",
    [{ words: ["flask", "run", "-p", "5002"], env: { FLASK_APP: "shop" }, line: 1 }],
  ],
  ["PORT=${PORT:-9000}\nserve --port $PORT", [{ words: ["serve", "--port", "9000"] }]],
  [
    "if [ -f x ]; then python 'my app.py' > log.txt 2>&1; fi # done",
    [{ words: ["[", "-f", "x", "]"] }, { words: ["python", "my app.py"] }],
  ],
  ["a \\\n  b", [{ words: ["a", "b"] }]],
  ["it's fine", [{ words: ["it's", "fine"] }]],
  ['cd "$(dirname "$0")/.." && x', [{ words: ["x"], cds: ["$(dirname $0)/.."] }]],
])("%s", (script, commands) => {
  expect(commandsIn(script)).toMatchObject(commands);
});

test("a variable without a value stays as it is written", () => {
  expect(expand("$A ${B} ${C:-3} ${D-4}", { A: "1" })).toBe("1 ${B} 3 4");
});

test.each([
  ["uv run --directory api --env-file .env uvicorn a:b", ["uvicorn", "a:b"], "uv"],
  ["poetry run python -m flask run", ["flask", "run"], "poetry"],
  ["pipenv run gunicorn a:b", ["gunicorn", "a:b"], "pipenv"],
  ["hatch run dev:uvicorn a:b", ["uvicorn", "a:b"], "hatch"],
  ["hatch -e dev run uvicorn a:b", ["uvicorn", "a:b"], "hatch"],
  ["pixi run --environment dev uvicorn a:b", ["uvicorn", "a:b"], "pixi"],
  ["env X=1 dotenv -e .env.dev -- next dev", ["next", "dev"], null],
  [".venv/bin/python -m uvicorn a:b", ["uvicorn", "a:b"], null],
  ["python -m debugpy --listen 5678 -m uvicorn a:b", ["uvicorn", "a:b"], null],
  ["doppler run --project x -- vite", ["vite"], null],
  ["bash -c 'cd x && celery -A y worker'", ["celery", "-A", "y", "worker"], null],
  ["watchmedo auto-restart --pattern '*.py' -R --signal SIGTERM python app.py", ["python", "app.py"], null],
  ["watchmedo auto-restart -d . -p '*.py' -- python app.py", ["python", "app.py"], null],
  ["nodemon --exec 'python app.py'", ["python", "app.py"], null],
  ["cross-env NODE_ENV=dev vite --host", ["vite", "--host"], null],
])("what is behind %s", (line, words, runner) => {
  const [command] = commandsIn(line);
  const unwrapped = unwrap(command?.words ?? []);
  expect([unwrapped.words[0]?.split("/").at(-1), ...unwrapped.words.slice(1)]).toEqual(words);
  expect(unwrapped.runner).toBe(runner);
});

test.each<[string, object]>([
  [
    "uvicorn app.main:app --port=8001 --app-dir src",
    { kind: "server", target: "app.main:app", port: 8001, appFolder: "src" },
  ],
  [
    "gunicorn -b 0.0.0.0:8080 -k uvicorn.workers.UvicornWorker shop:create_app()",
    { kind: "server", port: 8080, factory: true },
  ],
  ["fastapi dev src/main.py --port 8002", { kind: "fastapi", path: "src/main.py", port: 8002 }],
  ["flask --app shop run -p 5001", { kind: "flask", app: "shop", port: 5001 }],
  ["flask db upgrade", { kind: "task" }],
  ["python manage.py runserver 0.0.0.0:8005", { kind: "django", verb: "runserver", port: 8005 }],
  ["python -m shop.server --port 1", { kind: "python", module: "shop.server" }],
  ["pnpm --filter web dev", { kind: "package", script: "dev", filter: "web" }],
  [
    "npm run dev --prefix ui -- --port 3001",
    { kind: "package", script: "dev", folder: "ui", args: ["--port", "3001"] },
  ],
  ["yarn workspace web start", { kind: "package", script: "start", filter: "web" }],
  ["bunx --bun vite --port 3000", { kind: "tool", tool: "vite", port: 3000 }],
  ["pnpm exec next dev -p 4000", { kind: "tool", tool: "next", port: 4000 }],
  [
    "docker compose -f a.yml -f b.yml --profile dev up -d db",
    { kind: "compose", files: ["a.yml", "b.yml"], verb: "up", services: ["db"], profiles: ["dev"] },
  ],
  ["celery -A shop worker", { kind: "worker", tool: "celery" }],
  ["celery -A shop flower", { kind: "other" }],
  ["cp -n .env.example .env", { kind: "copy", from: ".env.example", to: ".env" }],
  ["alembic upgrade head", { kind: "task" }],
  ["devpm dev", { kind: "devpm" }],
  ["npm install", { kind: "other" }],
])("%s means", (line, intent) => {
  const [command] = commandsIn(line);
  expect(meantBy(command?.words ?? []).intent).toMatchObject(intent);
});

test("programs that are started beside each other", () => {
  expect(parallelOf(["concurrently", "-n", "a,b", "npm:dev:*", "flask run"])).toEqual(["npm:dev:*", "flask run"]);
  expect(parallelOf(["run-p", "-l", "web", "api"])).toEqual(["npm run web", "npm run api"]);
  expect(parallelOf(["vite"])).toBeNull();
});

test("a text that opens quotes and brackets without end is read in time", () => {
  const hostile = `${"'".repeat(20_000)}${"$(".repeat(20_000)}`;
  expect(commandsIn(hostile).length).toBeLessThan(3);
});
