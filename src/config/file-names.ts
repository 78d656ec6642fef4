/** Names of ecosystem files, in the order in which they count where a folder has several. */
export const CONFIG_NAMES: readonly string[] = ["ts", "mts", "js", "mjs", "cjs", "json"].map(
  (ending) => `ecosystem.config.${ending}`,
);

/** Names of compose files, in Compose's own order. */
export const COMPOSE_NAMES: readonly string[] = [
  "compose.yaml",
  "compose.yml",
  "docker-compose.yml",
  "docker-compose.yaml",
];
