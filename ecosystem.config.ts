import { defineConfig, flask, vite } from "devpm";

export default defineConfig({
  name: "market",
  // Without Docker the demo runs on what it has embedded.
  infra: { compose: "compose.yml", services: ["postgres", "neo4j", "kafka"], required: false },
  apps: {
    backend: flask({
      cwd: "examples/market",
      app: "web.app",
      port: 5050,
      watch: ["web"],
      ready: { http: "/api/health" },
      dependsOn: ["postgres", "neo4j", "kafka"],
      // A variable that needs an absent service stays unset.
      env: ({ services: { postgres, neo4j, kafka } }) => ({
        DATABASE_URL: `postgresql://market:market@${postgres.host}:${postgres.port(5432)}/market`,
        NEO4J_URI: `bolt://${neo4j.host}:${neo4j.port(7687)}`,
        NEO4J_AUTH: neo4j.env("NEO4J_AUTH"),
        KAFKA_BOOTSTRAP: `${kafka.host}:${kafka.port(9092)}`,
      }),
    }),
    web: vite({ cwd: "examples/market/ui", port: 5173, dependsOn: ["backend"] }),
  },
});
