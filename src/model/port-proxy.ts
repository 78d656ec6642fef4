const PROXY = /^(docker-proxy|com\.docker\.|rootlessport|slirp4netns|vpnkit|gvproxy)/i;

const named = (file: string): string => file.slice(file.lastIndexOf("/") + 1);

/** A process that listens for a container: a different process answers behind it. */
export const isPortProxy = ({ exe, command }: { exe: string | null; command: string }): boolean =>
  PROXY.test(named(exe ?? "")) || PROXY.test(named(command.split(" ")[0] ?? ""));
