/**
 * Words with which `chef-server-ctl reconfigure` gives its reason, which `upgrade` runs too; a trace of Chef's may follow them
 * (chef-server: libraries/preflight_*_validator.rb, libraries/helper.rb and recipes/haproxy.rb).
 */
const reason =
  /\bCS[A-Z]+\d{3}: .*|Unsupported \w+ version of .*|Failed to connect to \w+ service\b.*|HAProxy still showing multiple active backends/i;

/** The reason that stands in the output of a Chef server's command; null where it gave none of these. */
export function serverReason(output: string): string | null {
  return reason.exec(output)?.[0].trim() ?? null;
}
