declare module "kill-port" {
  /** Resolves with the shell's result whether or not anything was killed. */
  export default function killPort(port: number, method?: "tcp" | "udp"): Promise<unknown>;
}
