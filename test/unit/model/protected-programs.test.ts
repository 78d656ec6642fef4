import { describe, expect, test } from "vitest";
import {
  isProtected,
  isSignalable,
  isSpared,
  sparedPrograms,
  wholeGroups,
} from "../../../src/model/protected-programs.ts";
import { info } from "../teardown/sample.ts";

test("never pid 1, 0, a group, the whole machine, or ourselves", () => {
  for (const pid of [1, 0, -1, -500, 1.5, Number.NaN, 77]) expect(isSignalable(pid, 77)).toBe(false);
  expect(isSignalable(2, 77)).toBe(true);
});

describe("spared", () => {
  test.each([
    ["/usr/lib/firefox/firefox", "/usr/lib/firefox/firefox http://localhost:5173"],
    ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "Google Chrome"],
    ["/opt/google/chrome/chrome", "/opt/google/chrome/chrome --type=renderer"],
    ["/usr/share/code/code", "code ."],
    ["/usr/bin/ssh-agent", "ssh-agent -s"],
    ["/usr/bin/tmux", "tmux new -d"],
    ["/opt/idea/jbr/bin/java", "java -jar"],
  ])("%s", (exe, command) => {
    expect(isSpared(exe, command)).toBe(true);
  });

  test.each([
    ["/usr/bin/python3.11", "firefox"],
    ["/usr/bin/node", "node code.js"],
    ["/root/.cache/ms-playwright/chrome", "chrome --headless --no-sandbox"],
    ["/usr/bin/chromium", "chromium --remote-debugging-port=0 about:blank"],
    ["/p/bin/codegen", "codegen"],
    [null, "firefox"],
  ])("not %s (%s)", (exe, command) => {
    expect(isSpared(exe, command)).toBe(false);
  });

  test("the list is plain words, in small letters, that Python reads alike", () => {
    const names = [...sparedPrograms.programs, ...sparedPrograms.browsers];
    expect(names.filter((name) => !/^[a-z0-9_.: -]+\*?$/.test(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });
});

test.each([
  "dockerd",
  "docker-proxy",
  "com.docker.backend",
  "containerd-shim-runc-v2",
  "sshd",
  "systemd",
  "launchd",
  "nvim",
])("%s is protected", (name) => {
  expect(isProtected(`/usr/bin/${name}`, name)).toBe(true);
  expect(isProtected(null, name)).toBe(true);
});

test("a server of one's own is not protected", () => {
  expect(isProtected("/usr/bin/python3.11", "python3")).toBe(false);
  expect(isProtected("/p/bin/sshdemo", "sshdemo")).toBe(false);
});

describe("groups", () => {
  const self = info(9, 1, { pgid: 9 });

  test("a group of ours goes in one stroke", () => {
    const members = [info(30, 22), info(31, 30, { pgid: 30 })];
    expect([...wholeGroups(members, [self, ...members], 9).keys()]).toEqual([30]);
  });

  test("not where one live member is not ours", () => {
    const members = [info(30, 22), info(31, 30, { pgid: 30 })];
    const all = [self, ...members, info(40, 1, { pgid: 30 })];
    expect(wholeGroups(members, all, 9).size).toBe(0);
    const dead = [self, ...members, info(40, 1, { pgid: 30, state: "Z" })];
    expect(wholeGroups(members, dead, 9).size).toBe(1);
  });

  test("never our own group", () => {
    const members = [info(30, 22, { pgid: 9 }), info(31, 22, { pgid: 9 })];
    expect(wholeGroups(members, [...members, self], 9).size).toBe(0);
    expect(wholeGroups([...members, self], [...members, self], 9).size).toBe(0);
  });
});
