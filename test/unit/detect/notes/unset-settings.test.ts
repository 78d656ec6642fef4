import { expect, test } from "vitest";
import { found } from "../layout.ts";

const API = "from fastapi import FastAPI\nfrom config import settings\napp = FastAPI()\n";
const IMPORTS = "from pydantic import Field, BaseModel\nfrom pydantic_settings import BaseSettings\n";

const said = (config: string, more: Record<string, string> = {}): string[] =>
  found({ "api/main.py": API, "api/requirements.txt": "fastapi\n", "api/config.py": IMPORTS + config, ...more })
    .notes.filter((note) => note.includes(".py needs "))
    .map((note) =>
      note.replace(/^api\/main\.py needs (.*), which no file sets: write (it|them) in api\/\.env .*$/, "$1"),
    );

const settings = (fields: string): string =>
  `class Settings(BaseSettings):\n${fields.replaceAll(/^/gm, "    ")}\n\nsettings = Settings()\n`;

test("a field of settings without a default that no file sets is named, with the place and the file to write", () => {
  const { notes } = found({
    "api/main.py": API,
    "api/config.py": `${IMPORTS}\n${settings("secret: str\nport: int = 1")}`,
  });
  expect(notes).toEqual(["api/main.py needs SECRET, which no file sets: write it in api/.env (api/config.py:5)"]);
});

test.each([
  ["without a value", "db_url: PostgresDsn\nnames: list[str]", ["DB_URL and NAMES"]],
  [
    "Field without a default",
    "a: str = Field(...)\nb: str = Field(min_length=3)\nc: str = Field(\n    ...,\n    gt=0)",
    ["A, B and C"],
  ],
  [
    "a prefix and names of its own",
    'model_config = {"env_prefix": "SHOP_"}\nkey: str\nurl: str = Field(alias="REDIS")',
    ["SHOP_KEY and REDIS"],
  ],
  [
    "what may be left out",
    "a: str | None\nb: Optional[str]\nc: str = Field(default='x')\nd: str = Field('x')\n_e: str",
    [],
  ],
  ["groups, which have fields of their own", "db: Database\nkind: ClassVar[str]", []],
])("%s", (_, fields, names) => {
  expect(said(settings(fields))).toEqual(names);
});

test("of a class that it extends, and of the function that makes the object", () => {
  const classes =
    "class Common(BaseSettings):\n    key: str\n    mode: str\n\nclass Settings(Common):\n    mode: str = 'dev'\n";
  expect(said(`${classes}\ndef settings():\n    return Settings()\n`)).toEqual(["KEY"]);
});

test.each([
  ["a template sets it", { "api/.env.example": "SECRET=x\n" }],
  ["a file of the root sets it, in small letters", { ".env": "secret=x\n" }],
  [
    "its container is given it, which is another note",
    {
      "api/Dockerfile": "FROM python\n",
      "compose.yml": "services:\n  api: { build: ./api, environment: { SECRET: x } }\n",
    },
  ],
  [
    "the class reads a file of its own",
    { "api/config.py": `${IMPORTS}${settings("model_config = SettingsConfigDict(yaml_file='x.yaml')\nsecret: str")}` },
  ],
  [
    "the class reads a file in another folder",
    {
      "api/config.py": `${IMPORTS}${settings('model_config = SettingsConfigDict(env_file="envs/dev.env")\nsecret: str')}`,
      "api/envs/dev.env": "SECRET=x\n",
    },
  ],
  [
    "the program loads a file that is not called a developer's",
    { "api/main.py": `load_dotenv(ROOT / ".env.docker")\n${API}`, "api/.env.docker": "SECRET=x\n" },
  ],
  ["the code sets it", { "api/main.py": `os.environ.setdefault("SECRET", "x")\n${API}` }],
  [
    "the object is handed its values",
    { "api/config.py": (IMPORTS + settings("secret: str")).replace("Settings()", "Settings(secret=read())") },
  ],
  [
    "the object is handed values of unknown names",
    { "api/config.py": (IMPORTS + settings("secret: str")).replace("Settings()", "Settings(**read())") },
  ],
  [
    "the prefix of its name is not written out",
    { "api/config.py": IMPORTS + settings("model_config = SettingsConfigDict(env_prefix=PREFIX)\nsecret: str") },
  ],
  [
    "the module cannot be imported by its name",
    { "api/config.py": "settings = 1\n", "api/a(b.py": IMPORTS + settings("secret: str") },
  ],
  ["no object of the class is made", { "api/config.py": `${IMPORTS}class Settings(BaseSettings):\n    secret: str\n` }],
  ["nothing imports the module", { "api/main.py": API.replace("from config import settings\n", "") }],
  [
    "it is a model of data",
    {
      "api/config.py": "from pydantic import BaseModel\nclass Order(BaseModel):\n    secret: str\nsettings = Order()\n",
    },
  ],
  [
    "the settings are of tests",
    { "api/config.py": "settings = 1\n", "api/tests/config.py": IMPORTS + settings("secret: str") },
  ],
])("nothing is said where %s", (_, more) => {
  expect(said(settings("secret: str"), more)).toEqual([]);
});

test("a service within another one's folder answers for its own settings alone", () => {
  const { notes } = found({
    "main.py": API,
    "config.py": "settings = 1\n",
    "requirements.txt": "fastapi\n",
    "mail/main.py": API,
    "mail/config.py": IMPORTS + settings("mail_key: str"),
    "mail/requirements.txt": "fastapi\n",
    "compose.yml":
      "services:\n  a: { build: ., command: uvicorn main:app --port 8000 }\n  b: { build: ./mail, command: uvicorn main:app --port 8001 }\n",
    Dockerfile: "FROM python\n",
    "mail/Dockerfile": "FROM python\n",
  });
  expect(notes.filter((note) => note.includes(".py needs "))).toEqual([
    "mail/main.py needs MAIL_KEY, which no file sets: write it in mail/.env (mail/config.py:4)",
  ]);
});
