import { isLive } from "./process.ts";
import type { ProcessInfo } from "./process.ts";

/**
 * Programs by the name of their executable, in lower case. A word that ends in `*` matches every name that begins
 * with it. Plain words instead of patterns: the shim applies the same list in Python.
 */
type Names = readonly string[];

const words = (text: string): Names => text.trim().split(/\s*[\n,]\s*/);

const BROWSERS = words(`
  firefox, firefox-bin, firefox-esr, firefox-developer-edition, librewolf, waterfox, zen, zen-bin
  google chrome, google-chrome, google-chrome-stable, google-chrome-beta, chrome, chrome_crashpad_handler
  chromium, chromium-browser, brave, brave-browser, brave browser, msedge, microsoft edge, microsoft-edge
  opera, vivaldi, vivaldi-bin, epiphany, epiphany-browser, falkon, konqueror, safari, arc
`);

const EDITORS = words(`
  code, code-insiders, code-oss, code-tunnel, codium, cursor, windsurf, zed, zed-editor, subl, sublime_text
  vi, vim, vim.*, gvim, nvim, emacs, emacs-*, emacsclient, nano, micro, hx, helix, kate, gedit, gnome-text-editor, atom
  idea, pycharm, webstorm, phpstorm, goland, rider, clion, fleet
`);

/** Per-user helpers, started for all by the first program that needs them. */
const AGENTS = words(`
  ssh-agent, gpg-agent, dirmngr, scdaemon, dbus-daemon, dbus-launch, dbus-broker
  gnome-keyring-d, gnome-keyring-daemon, kwalletd, kwalletd5, kwalletd6
  pulseaudio, pipewire, pipewire-pulse, wireplumber, xdg-desktop-portal*
  tmux, tmux: server, screen, zellij, watchman, adb
`);

const SERVICES = words(`
  dockerd, docker-proxy, com.docker.*, docker desktop*, containerd, containerd-shim*, conmon, rootlessport, slirp4netns
  vpnkit*, limactl, sshd, sshd-*, systemd, systemd-*, launchd, init
`);

/** Options that only automation passes: an automated browser is that program's tool, not the user's window. */
const DRIVEN = [" --headless", " --remote-debugging-p", " --enable-automation", " --marionette"];

/** JetBrains' editors run as the java executable of their own bundle. */
const isJetBrains = (exe: string): boolean => exe.includes("/jbr/") && exe.endsWith("java");

/** The same list for the shim, which spares services too. */
export interface SparedPrograms {
  programs: Names;
  browsers: Names;
  driven: readonly string[];
}

export const sparedPrograms: SparedPrograms = {
  programs: [...EDITORS, ...AGENTS, ...SERVICES],
  browsers: BROWSERS,
  driven: DRIVEN,
};

const isAmong = (name: string, names: Names): boolean =>
  names.some((one) => (one.endsWith("*") ? name.startsWith(one.slice(0, -1)) : one === name));

const nameOf = (exe: string): string => exe.slice(exe.lastIndexOf("/") + 1).toLowerCase();

/** A program the user works in, or shares between terminals, that an app of ours merely opened. */
export function isSpared(exe: string | null, command: string): boolean {
  if (exe === null) return false;
  const name = nameOf(exe);
  if (isAmong(name, BROWSERS)) return !DRIVEN.some((option) => command.includes(option));
  return isAmong(name, EDITORS) || isAmong(name, AGENTS) || isJetBrains(exe);
}

/** Programs that are never signalled, even with consent: other users' work, or the machine, depends on them. */
export function isProtected(exe: string | null, comm: string): boolean {
  const name = exe === null ? comm.toLowerCase() : nameOf(exe);
  return isAmong(name, SERVICES) || isAmong(name, EDITORS) || (exe !== null && isJetBrains(exe));
}

/** pids 0, 1 and negative ones address groups or the whole machine; our own process ends by returning. */
export const isSignalable = (pid: number, self: number): boolean => Number.isInteger(pid) && pid > 1 && pid !== self;

/**
 * The process groups that may be signalled as a whole: more than one member, every live one in `targets`, and
 * not the group of `self`.
 */
export function wholeGroups(
  targets: readonly ProcessInfo[],
  all: readonly ProcessInfo[],
  self: number,
): Map<number, ProcessInfo[]> {
  const own = all.find((info) => info.pid === self)?.pgid;
  const owned = new Set(targets.map((info) => info.pid));
  const groups = new Map<number, ProcessInfo[]>();
  for (const info of all) {
    if (isLive(info) && info.pgid > 1 && info.pgid !== own)
      groups.set(info.pgid, [...(groups.get(info.pgid) ?? []), info]);
  }
  for (const [pgid, members] of groups) {
    if (members.length < 2 || !members.every((member) => owned.has(member.pid))) groups.delete(pgid);
  }
  return groups;
}
