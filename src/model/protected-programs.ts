import { isLive } from "./process.ts";
import type { ProcessInfo } from "./process.ts";

const BROWSERS =
  /^(firefox(-bin|-esr|-developer-edition)?|librewolf|waterfox|zen(-bin)?|google[ -]chrome(-stable|-beta)?|chrome|chromium(-browser)?|chrome_crashpad_handler|brave(-browser)?|brave browser|msedge|microsoft[ -]edge|opera|vivaldi(-bin)?|epiphany(-browser)?|falkon|konqueror|safari|arc)$/;

const EDITORS =
  /^(code(-insiders|-oss|-tunnel)?|codium|cursor|windsurf|zed(-editor)?|subl|sublime_text|vi|vim(\.\w+)?|gvim|nvim|emacs(-.+)?|emacsclient|nano|micro|hx|helix|kate|gedit|gnome-text-editor|atom|idea|pycharm|webstorm|phpstorm|goland|rider|clion|fleet)$/;

/** Per-user helpers that whoever needs them first starts for everybody. */
const AGENTS =
  /^(ssh-agent|gpg-agent|dirmngr|scdaemon|dbus-(daemon|launch|broker)|gnome-keyring-d(aemon)?|kwalletd\d?|pulseaudio|pipewire(-pulse)?|wireplumber|xdg-desktop-portal.*|tmux(: server)?|screen|zellij|watchman|adb)$/;

const SERVICES =
  /^(dockerd|docker-proxy|com\.docker\..*|docker desktop.*|containerd(-shim.*)?|conmon|rootlessport|slirp4netns|vpnkit.*|limactl|sshd(-.*)?|systemd(-.*)?|launchd|init)$/;

/** A browser that a program drives is that program's tool, not the user's window. */
const DRIVEN = /\s--(headless|remote-debugging-p|enable-automation|marionette)/;

/** IntelliJ and its kin run as the java of their own bundle. */
const JETBRAINS = /\/jbr\/.*\/?java$/;

/** The same rules as text, for the shim. */
export const sparedPatterns = {
  programs: [EDITORS, AGENTS, SERVICES, JETBRAINS].map((pattern) => pattern.source),
  browsers: BROWSERS.source,
  driven: DRIVEN.source,
};

const named = (exe: string): string => exe.slice(exe.lastIndexOf("/") + 1).toLowerCase();

/** A program the user works in, or shares between terminals, that an app of ours merely opened. */
export function isSpared(exe: string | null, command: string): boolean {
  if (exe === null) return false;
  const name = named(exe);
  if (BROWSERS.test(name)) return !DRIVEN.test(command);
  return EDITORS.test(name) || AGENTS.test(name) || JETBRAINS.test(exe);
}

/** Programs that are never signalled, even with consent: other people's work, or the machine, hangs on them. */
export function isProtected(exe: string | null, comm: string): boolean {
  const name = exe === null ? comm.toLowerCase() : named(exe);
  return SERVICES.test(name) || EDITORS.test(name) || (exe !== null && JETBRAINS.test(exe));
}

/** pid 0 and 1 and negative ones address groups or the whole machine; ourselves we leave by returning. */
export const isSignalable = (pid: number, self: number): boolean => Number.isInteger(pid) && pid > 1 && pid !== self;

/**
 * The process groups that may be signalled in one stroke: more than one member, each live one among `targets`, and
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
