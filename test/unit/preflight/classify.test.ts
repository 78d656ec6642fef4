import { describe, expect, test } from "vitest";
import { app, identity, record } from "../teardown/sample.ts";
import { backend, OURS, place, web } from "./place.ts";

const container = { name: "shop-db-1", project: "shop" };
const publishing = { containersPublishing: () => Promise.resolve(container) };
const other = record({ id: "s2", project: "market", root: "/home/ana/market", engine: identity(900), sentinel: null });

describe("a port that nothing listens on", () => {
  test("is free", async () => {
    expect(await place().look()).toEqual([{ ...backend, is: "free", diagnostic: null }]);
  });

  test("is found without the kernel's tables, which take milliseconds to read, and without others' claims", async () => {
    const { look, system } = place();
    const asked = (): never => expect.fail("it was read");
    Object.assign(system.ports, { listening: asked, holders: asked, connected: asked });
    expect(await look({ elsewhere: asked }, [backend, web])).toMatchObject([{ is: "free" }, { is: "free" }]);
  });

  test("is looked up in the tables on macOS, where an address can be listened on beside all of them", async () => {
    const { look, start, listen, binds } = place({ platform: "darwin" });
    start(700);
    listen(5050, 700);
    binds.set(5050, "free");
    expect(await look()).toMatchObject([{ is: "foreign" }]);
  });

  test.each([
    ["forbidden", "forbidden"],
    ["invisible", "taken"],
  ] as const)("is %s where listening fails: %s", async (is, probe) => {
    const { look, binds } = place();
    binds.set(5050, probe);
    expect(await look()).toMatchObject([{ is, diagnostic: { severity: "error" } }]);
  });

  test("rests where its last connections are in TIME_WAIT", async () => {
    const { look, binds, resting } = place();
    binds.set(5050, "taken");
    resting.add(5050);
    expect(await look()).toMatchObject([{ is: "time-wait" }]);
  });

  test("is in use for a connection that goes out from it, also where others from it are in TIME_WAIT", async () => {
    const { look, start, binds, resting, connected } = place();
    start(700, { command: "psql shop" });
    binds.set(5050, "taken");
    resting.add(5050);
    connected.set(5050, [700]);
    const [claim] = await look();
    expect(claim).toMatchObject({ is: "connection", diagnostic: { code: "DEVPM_PORT_HELD_CONNECTION" } });
    expect(claim?.diagnostic?.evidence).toContainEqual(["holder", expect.arrayContaining(["pid 700  psql shop"])]);
    // below the range that the kernel takes such ports from
    expect(claim?.diagnostic?.fixes[0]?.command).toBe("devpm dev --port backend=8000");
  });

  test("is invisible where the connection is a process's that this user cannot see", async () => {
    const { look, binds, connected } = place();
    binds.set(5050, "taken");
    connected.set(5050, [null]);
    expect(await look()).toMatchObject([{ is: "invisible", uid: 1000 }]);
  });

  test("is free although it rests: a server that reuses addresses can have it", async () => {
    const { look, resting } = place();
    resting.add(5050);
    expect(await look()).toMatchObject([{ is: "free" }]);
  });

  test("is a container's that is reached without a listener", async () => {
    expect(await place().look(publishing)).toMatchObject([{ is: "container", ...container }]);
  });

  test("is another session's that has claimed it and not listened yet", async () => {
    expect(await place().look({ claimed: new Map([[5050, other]]) })).toMatchObject([
      { is: "session", holders: [], record: { project: "market" }, here: false },
    ]);
  });

  test("is not listened on where another session has claimed it, whose app may be about to", async () => {
    const { look, system } = place();
    const probed: number[] = [];
    system.ports.canBind = (port) => (probed.push(port), Promise.resolve("free"));
    const claims = await look({ claimed: new Map([[5050, other]]) }, [backend, web]);
    expect(claims).toMatchObject([{ is: "session" }, { is: "free" }]);
    expect(probed).not.toContain(5050);
  });
});

describe("a port that a process listens on", () => {
  test("is foreign, and may be freed where nothing forbids it", async () => {
    const { look, start, listen } = place();
    start(700, { command: "python3 -m http.server 5050" });
    listen(5050, 700);
    expect(await look()).toMatchObject([
      { is: "foreign", guarded: null, pm2: null, holders: [{ identity: { pid: 700 } }] },
    ]);
  });

  test("names a holder with several sockets once", async () => {
    const { look, start, listen } = place();
    start(700);
    listen(5050, 700);
    listen(5050, 700);
    const [claim] = await look();
    expect(claim?.is === "foreign" ? claim.holders.length : 0).toBe(1);
  });

  test("names what runs below its holder", async () => {
    const { look, start, listen } = place();
    start(700);
    start(701, { ppid: 700, command: "worker" });
    listen(5050, 700);
    expect(await look()).toMatchObject([{ holders: [{ below: [{ pid: 701, command: "worker" }] }] }]);
  });

  test.each([
    ["sshd", "/usr/sbin/sshd"],
    ["nvim", "/usr/bin/nvim"],
    ["dockerd", "/usr/bin/dockerd"],
  ])("is guarded where %s holds it", async (comm, exe) => {
    const { look, start, listen } = place();
    start(700, { exe, comm });
    listen(5050, 700);
    expect(await look()).toMatchObject([{ is: "foreign", guarded: comm }]);
  });

  test("is guarded where the shell that devpm runs under holds it", async () => {
    const { look, listen } = place();
    listen(5050, 400);
    expect(await look()).toMatchObject([{ is: "foreign", guarded: "bash" }]);
  });

  test("is guarded where devpm itself holds it, and not where a child of it does", async () => {
    const { look, start, listen } = place();
    start(501, { ppid: OURS });
    listen(5050, 501);
    expect(await look()).toMatchObject([{ guarded: null }]);
    listen(5050, OURS);
    expect(await look()).toMatchObject([{ guarded: "node" }]);
  });

  test.each([
    ["the user's own PM2", "/home/ana/.pm2", null],
    ["another PM2", "/srv/pm2", "/srv/pm2"],
  ])("is an app of %s", async (_, folder, home) => {
    const { look, start, listen } = place();
    start(600, { command: `PM2 v7.0.4: God Daemon (${folder})` });
    start(700, { ppid: 600, env: { name: "my api" } });
    start(701, { ppid: 700 });
    listen(5050, 701);
    expect(await look()).toMatchObject([{ is: "foreign", pm2: { name: "my api", home } }]);
  });

  test("PM2's daemon itself is no app", async () => {
    const { look, start, listen } = place();
    start(600, { command: "PM2 v7.0.4: God Daemon (/home/ana/.pm2)" });
    listen(5050, 600);
    expect(await look()).toMatchObject([{ is: "foreign", pm2: null }]);
  });

  test("whose owner this user cannot see is invisible, with the user's number", async () => {
    const { look, listen } = place();
    listen(5050, null, 0);
    expect(await look()).toMatchObject([{ is: "invisible", uid: 0 }]);
  });

  test("and that ended between two looks is free", async () => {
    const { look, listen, system } = place();
    listen(5050, 999);
    const probes = ["taken", "free"] as const;
    let looks = 0;
    system.ports.canBind = () => Promise.resolve(probes[looks++]!);
    expect(await look()).toMatchObject([{ is: "free" }]);
  });

  test("that cannot be seen but was claimed is the claiming session's", async () => {
    const { look, listen } = place();
    listen(5050, null);
    expect(await look({ claimed: new Map([[5050, other]]) })).toMatchObject([{ is: "session", here: false }]);
  });

  test("what listens is better evidence than a claim", async () => {
    const { look, start, listen } = place();
    start(700);
    listen(5050, 700);
    expect(await look({ claimed: new Map([[5050, other]]) })).toMatchObject([{ is: "foreign" }]);
  });
});

describe("a container's port", () => {
  test("is known by its proxy", async () => {
    const { look, start, listen } = place();
    start(700, { exe: "/usr/bin/docker-proxy" });
    listen(5050, 700);
    expect(await look(publishing)).toMatchObject([{ is: "container", ...container }]);
  });

  test("is known by an owner that cannot be seen", async () => {
    const { look, listen } = place();
    listen(5050, null, 0);
    expect(await look(publishing)).toMatchObject([{ is: "container" }]);
  });

  test("is not assumed for a process that is no proxy, though a container publishes the same number elsewhere", async () => {
    const { look, start, listen } = place();
    start(700);
    listen(5050, 700);
    expect(await look(publishing)).toMatchObject([{ is: "foreign" }]);
  });

  test("on the host's own network is known by where its process runs", async () => {
    const { look, start, listen } = place();
    start(700, { container: "0123456789abcdef" });
    listen(5050, 700);
    expect(await look()).toMatchObject([{ is: "container", name: "0123456789ab", project: null }]);
  });

  test("in the same container as devpm, a process is an ordinary one", async () => {
    const { look, start, listen } = place();
    start(OURS, { container: "0123456789abcdef" });
    start(700, { container: "0123456789abcdef" });
    listen(5050, 700);
    expect(await look()).toMatchObject([{ is: "foreign" }]);
  });
});

describe("a port of a session", () => {
  test("is ours where the process carries our own mark", async () => {
    const { look, start, listen } = place();
    start(700, { env: { DEVPM_SESSION: "asking" } });
    listen(5050, 700);
    expect(await look()).toMatchObject([{ is: "mine", diagnostic: null }]);
  });

  test("is another live session's, by the mark and its record", async () => {
    const { look, start, listen } = place();
    start(900);
    start(700, { env: { DEVPM_SESSION: "s2" } });
    listen(5050, 700);
    expect(await look({ otherSessions: [other] })).toMatchObject([
      { is: "session", record: { project: "market" }, here: false },
    ]);
  });

  test("is recognised below a recorded process that gave up its environment", async () => {
    const { look, start, listen } = place();
    start(900);
    start(700);
    start(701, { ppid: 700 });
    listen(5050, 701);
    const recorded = { ...other, apps: [app("api", [700])] };
    expect(await look({ otherSessions: [recorded] })).toMatchObject([{ is: "session", record: { id: "s2" } }]);
  });

  test("is not another's whose pid was given to a new process", async () => {
    const { look, start, listen } = place();
    start(900);
    start(700, { startTime: "later" });
    listen(5050, 700);
    expect(await look({ otherSessions: [{ ...other, apps: [app("api", [700])] }] })).toMatchObject([{ is: "foreign" }]);
  });

  test("is this project's own where its folder is the same", async () => {
    const { look, start, listen } = place();
    start(900);
    start(700, { env: { DEVPM_SESSION: "s2" } });
    listen(5050, 700);
    const here = { ...other, root: "/home/ana/shop" };
    expect(await look({ otherSessions: [here] })).toMatchObject([{ is: "session", here: true }]);
  });

  test("is an orphan where neither engine nor sentinel of its session lives", async () => {
    const { look, start, listen } = place();
    start(700, { env: { DEVPM_SESSION: "dead" } });
    listen(5050, 700);
    expect(await look()).toMatchObject([{ is: "orphan", session: "dead", diagnostic: null }]);
    expect(await look({ otherSessions: [{ ...other, id: "dead" }] })).toMatchObject([{ is: "orphan" }]);
  });

  test.each(["node", "MainThread", "devpm-sentinel"])(
    "of another devpm home is alive while its sentinel (%s) is",
    async (comm) => {
      const { look, start, listen } = place();
      start(700, { env: { DEVPM_SESSION: "far" } });
      start(800, { comm, command: "node /opt/devpm/dist/teardown/sentinel-main.js far /state" });
      listen(5050, 700);
      expect(await look()).toMatchObject([{ is: "session", record: null, here: false }]);
    },
  );

  test("is no orphan while a foreign process shares it: that one is not ours to end", async () => {
    const { look, start, listen } = place();
    start(700, { env: { DEVPM_SESSION: "dead" } });
    start(701);
    listen(5050, 700);
    listen(5050, 701);
    expect(await look()).toMatchObject([{ is: "foreign" }]);
  });
});
