import type { CatalogEntry } from "./entry.ts";

/** What can be wrong with the container engine, the compose file and its services. */
export const infraPages = {
  DEVPM_COMPOSE_FIXED: {
    exit: 2,
    title: "The compose file cannot run a second time",
    explain: `With \`isolate: "containers"\` a worktree runs the compose file once more beside the main checkout's: devpm adds a file that gives
it a name, published ports, volumes and networks of its own. A service on the host's network has no ports that could be given to it,
and an external volume belongs to another project; the keys are named.

Share the containers instead: without \`isolate\`, or with \`isolate: true\`, each worktree has a database of its own in them.`,
  },
  DEVPM_INFRA_SHARED: {
    exit: 2,
    title: "The containers are shared with other checkouts",
    explain: `Worktrees share the containers of the main checkout; each has a database of its own in them. To stop or remove them from a
worktree would end them, and their data, under the apps of every other checkout, so \`devpm infra down\` and \`devpm down --infra\`
do it in the main checkout alone. There they are refused, too, while a session of another checkout uses them: it is named, with the services
that its apps would lose. One that was started with \`--no-infra\` counts too: its apps may connect to them all the same. End these sessions
first; \`devpm down\` ends the one of a checkout alone. \`devpm infra down --force\` in the main checkout stops the containers under them.`,
  },
  DEVPM_ENGINE_DOWN: {
    exit: 3,
    title: "Docker is not running",
    explain: `The services of the compose file run in a container engine, and none answered. devpm uses the same engine as your \`docker\` command:
DOCKER_HOST, then the current context. If you chose neither, it also tries the usual sockets of Docker Desktop, Colima, OrbStack,
Rancher Desktop, rootless Docker and Podman. "tried" lists each attempt with its result.

Start the engine and run the command again. \`devpm dev --no-infra\` runs the apps without it.
With \`infra: { required: false }\` in the config, that happens whenever there is no engine.`,
  },
  DEVPM_ENGINE_DENIED: {
    exit: 3,
    title: "Your user may not use Docker",
    explain: `The engine's socket exists but your user may not open it, or a remote engine refused you over ssh or TLS. On Linux the socket
belongs to the group \`docker\`; joining it takes effect at the next login. Members of this group have root rights on the
machine. Rootless Docker and Podman are the alternatives.

For ssh, devpm uses your own \`ssh\` with its config, agent and known_hosts and never prompts. Log in by hand once, so that
the host key is known and your key is in the agent.`,
  },
  DEVPM_ENGINE_HANGS: {
    exit: 3,
    title: "Docker does not answer",
    explain: `Something accepts connections on the engine's address but does not answer within three seconds (fifteen over ssh). An engine that
is starting does this for a moment. An engine that is stuck does it until it is restarted.`,
  },
  DEVPM_COMPOSE_MISSING: {
    exit: 3,
    title: "Docker Compose is not installed",
    explain: `devpm starts existing containers through the engine's API. To create new ones from a compose file it needs Compose, and neither
\`docker compose\` nor \`docker-compose\` runs here. Install one of them, or create the containers in another way.`,
  },
  DEVPM_COMPOSE_INVALID: {
    exit: 2,
    title: "The compose file cannot be used",
    explain: `\`docker compose config\` does not accept the file, or the file does not exist. The quoted text is from Compose; devpm does not
read the file itself.`,
  },
  DEVPM_COMPOSE_OLD: {
    exit: 3,
    title: "Compose is too old for containers of a worktree's own",
    explain: `With \`isolate: "containers"\` devpm gives Compose one more file, which replaces the published ports and the names of containers
(\`!override\`, \`!reset\`). Compose knows these since 2.24.4. An older one would add the ports to those of the main checkout, whose
containers have them, so nothing is started.

Install a newer Compose: the plugin of Docker's own packages, or the newest Docker Desktop. Or share the containers, each worktree with
a database of its own: leave \`isolate\` away.`,
  },
  DEVPM_COMPOSE_NAME_TAKEN: {
    exit: 3,
    title: "The compose project name is in use by another folder",
    explain: `Compose identifies a project only by its name: \`name:\` in the file, COMPOSE_PROJECT_NAME, or the folder's name. Containers with
this project name exist and were created from another folder; starting this project would replace them. Stop them, or give this
project its own name.`,
  },
  DEVPM_IMAGE_UNAVAILABLE: {
    exit: 3,
    title: "An image is not available",
    explain: `The engine does not have the image and could not pull it: the image or tag does not exist, the registry requires a login or its
rate limit is reached, the registry cannot be reached, or there is no image for this architecture. Docker's message is quoted.`,
  },
  DEVPM_SERVICE_UNHEALTHY: {
    exit: 1,
    title: "A service runs but is not usable",
    explain: `The container runs, but its health check fails. Or it has no health check, and its server does not answer its own protocol
(PostgreSQL, Bolt, Kafka, Redis, HTTP, else TCP). devpm waits up to \`infra.timeoutMs\`; a service that becomes unhealthy
has 30 seconds to recover. The check's last output and the log lines that look like the cause are quoted.`,
  },
  DEVPM_SERVICE_FAILED: {
    exit: 1,
    title: "A service stopped or could not be started",
    explain: `The container's process ended or keeps restarting, or the engine refused to start it (the disk is full, the image is
built for another architecture …). The message shows the exit code, whether the kernel killed it because memory ran out, and the
log lines that look like the cause.`,
  },
  DEVPM_SERVICE_PORT_HELD: {
    exit: 3,
    title: "A service's port is taken",
    explain: `The compose file publishes a port that another container or program uses. If it is a container, it is named. Let Docker choose
a free port (\`"127.0.0.1::5432"\`) and read it from \`services.NAME.port(5432)\` in \`env\`; Kafka needs a fixed port,
because its brokers send clients to the address they advertise.`,
  },
  DEVPM_SERVICE_UNKNOWN: {
    exit: 2,
    title: "The compose file has no such service",
    explain: `\`infra.services\`, \`dependsOn\` or \`env\` names a service that is not in the compose files. A service of an inactive profile may be
named; naming it activates it.`,
  },
  DEVPM_KAFKA_ADVERTISES_ELSEWHERE: {
    exit: 1,
    title: "Kafka advertises an address that clients cannot reach",
    explain: `A Kafka client uses its configured address only for the first connection. The broker answers with the address it advertises
(\`KAFKA_ADVERTISED_LISTENERS\`), and the client connects there from then on. That address is fixed when the container is created, so it
cannot follow a port that Docker chooses, or the name of a remote engine's machine. Publish a fixed port (\`"127.0.0.1:9092:9092"\`) and advertise the
address under which your apps reach it (\`PLAINTEXT://127.0.0.1:9092\`).`,
  },
  DEVPM_SERVICE_PORT_UNPUBLISHED: {
    exit: 2,
    title: "A service does not publish this port",
    explain: `\`services.NAME.port(N)\` asks for the host port of the container's port N, but the container does not publish port N. Add it to
\`ports\` in the compose file, then run \`docker compose up -d NAME\`, which creates a new container.`,
  },
} as const satisfies Record<string, CatalogEntry>;
