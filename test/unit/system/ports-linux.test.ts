import { expect, test } from "vitest";
import { rowsIn, rowsOf } from "../../../src/system/ports/linux.ts";
import { containerOf } from "../../../src/system/processes/linux.ts";

const head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

test("rows of /proc/net/tcp: the local port alone decides", () => {
  const text = `${head}   0: 0100007F:13BA 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0 100\n   1: 0100007F:9000 0100007F:13BA 01 00000000:00000000 00:00000000 00000000  1000        0 4243 1 0 100\n`;
  expect(rowsOf(text, 5050, 4)).toEqual([
    { address: "127.0.0.1", family: 4, port: 5050, state: "0A", waiting: 0, uid: 1000, inode: "4242" },
  ]);
});

test("listening sockets, each with the connections that its program has not accepted", () => {
  const text = `${head}   0: 0100007F:13BA 00000000:0000 0A 00000000:0000000B 00:00000000 00000000  1000        0 4242 1 0 100\n   1: 0100007F:9000 0100007F:13BA 01 00000000:00000000 00:00000000 00000000  1000        0 4243 1 0 100\n`;
  expect(rowsIn(text, "0A", 4)).toMatchObject([{ port: 5050, waiting: 11, inode: "4242" }]);
});

test.each([
  ["00000000000000000000000001000000", "::1"],
  ["00000000000000000000000000000000", "::"],
  ["0000000000000000FFFF00000100007F", "0:0:0:0:0:ffff:7f00:1"],
])("%s is %s", (hex, address) => {
  const text = `${head}   0: ${hex}:13BA 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 7 1\n`;
  expect(rowsOf(text, 5050, 6)[0]?.address).toBe(address);
});

const id = "0123456789abcdef".repeat(4);

test.each([
  [`0::/system.slice/docker-${id}.scope\n`, id],
  [`0::/../../docker/${id}\n`, id],
  [`12:pids:/docker/${id}\n11:cpu:/docker/${id}\n`, id],
  [`0::/machine.slice/libpod-${id}.scope/container\n`, id],
  ["0::/user.slice/user-1000.slice/session-2.scope\n", null],
  ["", null],
])("the container in %j", (cgroup, found) => {
  expect(containerOf(cgroup)).toBe(found);
});
