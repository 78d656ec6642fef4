import type { CatalogEntry } from "./entry.ts";

/** What can be wrong with the container engine, the compose file and its services. */
export const infraPages = {
  DEVPM_ENGINE_DOWN: {
    exit: 3,
    title: "Docker is not running",
    explain: `The services of the compose file run in a container engine, and none answered. devpm asks the one your \`docker\` command would
use: DOCKER_HOST, then the current context; only where neither was chosen, the usual sockets of Docker Desktop, Colima, OrbStack,
Rancher Desktop, rootless Docker and Podman. "tried" names each with what it met.

Start the engine and run the command again. \`devpm dev --no-infra\` runs the apps without it, and
\`infra: { required: false }\` in the config does so whenever there is no engine.`,
  },
  DEVPM_ENGINE_DENIED: {
    exit: 3,
    title: "You may not talk to Docker",
    explain: `The engine's socket is there and your user may not open it, or a remote engine's ssh or TLS refused you. On Linux the socket
belongs to the group \`docker\`; joining it takes effect at the next login. Joining it is as good as being root on this machine:
rootless Docker or Podman are the alternatives.

For ssh, devpm uses your own \`ssh\` with its config, agent and known_hosts and never asks a question: log in by hand once, so that
the host key is known and the key is in the agent.`,
  },
  DEVPM_ENGINE_HANGS: {
    exit: 3,
    title: "Docker does not answer",
    explain: `Something accepts connections on the engine's address and says nothing within three seconds (fifteen over ssh). An engine that is
starting does so for a moment; one that is stuck does so until it is restarted.`,
  },
  DEVPM_COMPOSE_MISSING: {
    exit: 3,
    title: "Docker Compose is not installed",
    explain: `Containers that exist are started through the engine's own API. Making new ones from a compose file is Compose's work, and neither
\`docker compose\` nor \`docker-compose\` runs here. Install one of them, or make the containers elsewhere.`,
  },
  DEVPM_COMPOSE_INVALID: {
    exit: 2,
    title: "The compose file cannot be used",
    explain: `\`docker compose config\` does not accept the file, or it is not there. What is quoted are Compose's own words; devpm does not
read the file itself.`,
  },
  DEVPM_COMPOSE_NAME_TAKEN: {
    exit: 3,
    title: "The compose project name is in use by another folder",
    explain: `Compose tells stacks apart by name alone: \`name:\` in the file, COMPOSE_PROJECT_NAME, or the folder's name. Containers of this name
exist and were made from another folder, so starting these would replace those. Stop the others, or give this stack its own name.`,
  },
  DEVPM_IMAGE_UNAVAILABLE: {
    exit: 3,
    title: "An image cannot be had",
    explain: `The engine does not have the image and the registry did not give it: no such image or tag, a login is needed, a limit is
reached, the registry cannot be reached, or the image does not exist for this architecture. Docker's words are quoted.`,
  },
  DEVPM_SERVICE_UNHEALTHY: {
    exit: 1,
    title: "A service runs and is not usable",
    explain: `The container runs, but its health check fails, or where it has none, the server in it does not answer its own protocol
(PostgreSQL, Bolt, Kafka, Redis, HTTP, else TCP). devpm waits as long as \`infra.timeoutMs\` says; a service that has turned unhealthy
has 30 more seconds to recover. The check's last output and the log lines that sound like a cause are quoted.`,
  },
  DEVPM_SERVICE_FAILED: {
    exit: 1,
    title: "A service stopped or could not be started",
    explain: `The container's process ended, restarts again and again, or the engine refused to start it (the disk is full, the image is
built for another architecture …). The exit code, whether the kernel killed it for its memory, and the telling log lines are quoted.`,
  },
  DEVPM_SERVICE_PORT_HELD: {
    exit: 3,
    title: "A service's port is taken",
    explain: `The compose file publishes a port that another container or program holds. Where it is a container, it is named. Let Docker choose
a free port (\`"127.0.0.1::5432"\`) and take the real one from \`services.NAME.port(5432)\` in \`env\`; Kafka needs a fixed one, because
its brokers send clients to the address they advertise.`,
  },
  DEVPM_SERVICE_UNKNOWN: {
    exit: 2,
    title: "The compose file has no such service",
    explain: `\`infra.services\`, \`dependsOn\` or \`env\` names a service that Compose does not find in the files. Services of inactive profiles count:
naming one makes it wanted.`,
  },
  DEVPM_KAFKA_ADVERTISES_ELSEWHERE: {
    exit: 1,
    title: "Kafka sends its clients somewhere else",
    explain: `A Kafka client asks the address it was given only once; the broker answers with the address it advertises
(\`KAFKA_ADVERTISED_LISTENERS\`), and that is where the client goes on. It is fixed when the container is made, so it cannot follow a port
that Docker chooses, nor the name of a remote engine's machine. Publish a fixed port (\`"127.0.0.1:9092:9092"\`) and advertise the
address under which your apps reach it (\`PLAINTEXT://127.0.0.1:9092\`).`,
  },
  DEVPM_SERVICE_PORT_UNPUBLISHED: {
    exit: 2,
    title: "A service does not publish this port",
    explain: `\`services.NAME.port(N)\` asks for the host's port of the container's port N, and the container publishes none for it. Add it to
\`ports\` in the compose file; changing it takes effect with \`docker compose up -d NAME\`, which makes a new container.`,
  },
} as const satisfies Record<string, CatalogEntry>;
