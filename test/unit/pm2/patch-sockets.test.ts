import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";

/** In a process of its own: what is patched is the `fs` of the whole process. */
function asked(code: string): unknown {
  const file = path.join(import.meta.dirname, "../../../dist/pm2/patch-sockets.js");
  const program = `
    import fs from "node:fs";
    import net from "node:net";
    import { listenFor, patchSockets } from ${JSON.stringify(file)};
    patchSockets();
    ${code}`;
  return JSON.parse(spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" }).stdout);
}

test("the mode of a socket is set at once, without a thread", () => {
  const made = asked(`
    const folder = fs.mkdtempSync("/tmp/devpm-chmod-");
    const threads = () => (process.platform === "linux" ? fs.readdirSync("/proc/self/task").length : 0);
    const before = threads();
    let said;
    fs.chmod(folder, "705", (error) => (said = error));
    const mode = (fs.statSync(folder).mode & 0o777).toString(8);
    setImmediate(() => {
      fs.rmdirSync(folder);
      process.stdout.write(JSON.stringify({ said, mode, more: threads() - before }));
    });`);
  expect(made).toEqual({ said: null, mode: "705", more: 0 });
});

test("a socket that is not there is the caller's error", () => {
  const made = asked(`
    fs.chmod("/tmp/devpm-not-there/rpc.sock", "775", (error) => process.stdout.write(JSON.stringify(error.code)));`);
  expect(made).toBe("ENOENT");
});

test("who connects before PM2 listens is served by PM2's server, and no other user may connect until then", () => {
  const made = asked(`
    const folder = fs.mkdtempSync("/tmp/devpm-early-");
    const file = folder + "/rpc.sock";
    const order = [];
    listenFor(file);
    const mode = fs.statSync(file).mode & 0o077;
    const asking = net.connect(file).on("error", (error) => order.push(error.code));
    asking.write("which?");
    const pm2s = net.createServer((socket) => {
      order.push("connected");
      socket.on("data", (asked) => socket.end(asked + " this"));
    });
    pm2s.on("listening", () => order.push("listening"));
    pm2s.listen(file, undefined, undefined);
    const other = net.createServer().listen(folder + "/other.sock");
    let answer = "";
    asking.on("data", (bytes) => (answer += bytes));
    asking.on("close", () => {
      process.stdout.write(JSON.stringify({ mode, order, answer, other: other.address() === folder + "/other.sock" }), () => {
        fs.rmSync(folder, { recursive: true });
        process.exit();
      });
    });`);
  expect(made).toEqual({ mode: 0, order: ["listening", "connected"], answer: "which? this", other: true });
});
