import { withoutComments } from "./serverConfig";

/** What a configuration file says of the high availability of its system. */
export interface HaConfig {
  readonly topology: string;
  /** The address that the active backend carries; empty where none is given. */
  readonly vip: string;
}

/** Reads `chef-server.rb` or `private-chef.rb`; null for a text that says nothing of it. */
export function parseHaConfig(text: string): HaConfig | null {
  const code = withoutComments(text);
  const topology = /^\s*topology\s*\(?\s*["':]?(\w+)/m.exec(code)?.[1] ?? "";
  const entry = /^\s*backend_vip\b([^]*?)(?=^\s*\w+\s*(?:\[|\(|["'])|(?![^]))/m.exec(code)?.[1] ?? "";
  const address = /(?::ipaddress\s*=>|\bipaddress:|["']ipaddress["']\s*=>)\s*["']([^"'/]+)/.exec(entry)?.[1];
  const name = /^\s*\(?\s*["']([^"']+)["']/.exec(entry)?.[1];
  return topology === "" && entry === "" ? null : { topology, vip: address ?? name ?? "" };
}
