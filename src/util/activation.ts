import path from "node:path";

/** What `source bin/activate` does, and `pixi shell` for one of its environments, which are conda's. */
export function activation(environment: string, searchPath: string | undefined): Record<string, string> {
  const bin = path.join(environment, "bin");
  const name = environment.includes("/.pixi/envs/") ? "CONDA_PREFIX" : "VIRTUAL_ENV";
  return { [name]: environment, PATH: searchPath ? `${bin}:${searchPath}` : bin };
}
