/** A web app found in a Python file: the object, or the factory that makes it. */
export interface PythonApp {
  framework: "flask" | "fastapi";
  /** `app`, `application`, `create_app()`. */
  object: string;
}

/** The first `NAME = Flask(…)`, `NAME = FastAPI(…)` at the left margin, else a factory that makes one. */
export function pythonAppIn(text: string): PythonApp | null {
  const direct = /^(\w+)\s*(?::\s*[\w.]+\s*)?=\s*(?:\w+\.)?(Flask|FastAPI)\(/m.exec(text);
  if (direct) return { framework: frameworkOf(direct[2]), object: direct[1] ?? "app" };
  const factory =
    /^def\s+(create_app|make_app)\s*\([^)]*\)[^:]*:\s*\n(?:(?:[ \t]+.*)?\n)*?[ \t]+\w+\s*=\s*(?:\w+\.)?(Flask|FastAPI)\(/m.exec(
      text,
    );
  return factory ? { framework: frameworkOf(factory[2]), object: `${factory[1]}()` } : null;
}

const frameworkOf = (constructor: string | undefined): PythonApp["framework"] =>
  constructor === "FastAPI" ? "fastapi" : "flask";

/** What `app:` is told: Flask finds `app`, `application` and `create_app` by itself, uvicorn takes `app` from devpm. */
export function target(module: string, { framework, object }: PythonApp): string {
  const found = framework === "flask" ? ["app", "application", "create_app()", "make_app()"] : ["app"];
  return found.includes(object) ? module : `${module}:${object.replace("()", "")}`;
}

/** Modules a file imports by their first name. */
export function importsOf(text: string): string[] {
  return [...text.matchAll(/^(?:from|import)\s+([A-Za-z_]\w*)/gm)].map(([, name = ""]) => name);
}

/** Of several files the one that people start. */
export function likeliest<T extends { file: string }>(candidates: readonly T[]): T | undefined {
  const rank = ({ file }: T): number => {
    const name = file.split("/").at(-1) ?? "";
    const at = ["app.py", "main.py", "wsgi.py", "asgi.py", "server.py", "api.py", "__init__.py"].indexOf(name);
    return (at === -1 ? 9 : at) + file.split("/").length * 10;
  };
  return candidates.toSorted((a, b) => rank(a) - rank(b))[0];
}

/** The services whose client library the requirements name. */
export function servicesUsed(
  requirements: string,
  services: readonly { name: string; image: string | null }[],
): string[] {
  return services
    .filter(({ name, image }) =>
      CLIENTS.some(([server, clients]) => server.test(`${name} ${image}`) && clients.test(requirements)),
    )
    .map(({ name }) => name);
}

const CLIENTS: readonly (readonly [RegExp, RegExp])[] = [
  [/postgres|postgis|timescale/, /^(psycopg|asyncpg|pg8000|sqlalchemy|sqlmodel|django)/im],
  [/mysql|mariadb/, /^(pymysql|mysqlclient|mysql-connector|aiomysql|sqlalchemy|sqlmodel|django)/im],
  [/redis|valkey/, /^(redis|celery|rq|aioredis|flask-caching)/im],
  [/mongo/, /^(pymongo|motor|mongoengine|beanie)/im],
  [/neo4j/, /^(neo4j|neomodel|py2neo)/im],
  [/kafka|redpanda/, /^(kafka-python|confluent-kafka|aiokafka|faust)/im],
  [/rabbit/, /^(pika|aio-pika|celery|kombu)/im],
  [/elastic|opensearch/, /^(elasticsearch|opensearch)/im],
];
