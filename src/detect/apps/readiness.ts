import { healthPath, readDockerfile } from "../commands/sources/dockerfile.ts";
import type { Context } from "../context.ts";
import { containersOf } from "../services/containers.ts";
import type { Backend } from "../python/backend.ts";
import type { PythonFiles } from "../python/code/files.ts";

const HEALTH =
  /^\/(api\/)?(v\d\/)?(-\/|_{1,2})?(health|healthz|healthcheck|health[-_]check|health\/(live|ready|liveness|readiness)|heartbeat|ping|livez|liveness|alive|ready|readyz|readiness|status|up)\/?$/;

/** The path that reports readiness: what its container's health check asks, or a route of the app itself. */
export function readyPath(context: Context, backend: Backend): string | null {
  if (backend.framework === "langgraph") return "/ok";
  const { files } = context;
  return composePath(context, backend) ?? dockerPath(files, backend) ?? routePath(files, backend);
}

function composePath(context: Context, backend: Backend): string | null {
  const [container] = containersOf(context, backend);
  return container ? healthPath(container.healthCheck) : null;
}

function dockerPath({ repository }: PythonFiles, { home }: Backend): string | null {
  for (const name of repository.names(home).filter((one) => one.startsWith("Dockerfile"))) {
    const file = home === "." ? name : `${home}/${name}`;
    const path = readDockerfile(file, repository.text(file) ?? "").healthPath;
    if (path !== null && path !== "/") return path;
  }
  return null;
}

/** `@app.get("/health")`: on the application object, so that no prefix is in front of it. */
function routePath(files: PythonFiles, { evidence: [origin], object }: Backend): string | null {
  const module = origin === undefined ? null : files.module(origin.file);
  const routes = (module?.calls ?? []).flatMap(({ callee, args: [first] }) =>
    /\.(get|route|add_api_route|add_url_rule)$/.test(callee) &&
    (callee.startsWith(`${object}.`) || callee.startsWith("app.")) &&
    first?.kind === "string"
      ? [first.value]
      : [],
  );
  return routes.find((path) => HEALTH.test(path)) ?? null;
}
