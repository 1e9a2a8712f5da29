import type { Client, ClientChannel } from "ssh2";
import { scrub } from "./scrub";
import type { ConnectionSettings, Target } from "./settings";
import { sshError } from "./sshError";

/** RFC 4254, 5.1: why a server did not open a channel. */
const PROHIBITED = 1;

/**
 * A way from the bastion to the node, as `ssh -J` opens it.
 * @throws SshError about the node if the bastion cannot reach it, about the bastion if that is what failed.
 */
export function openThrough(
  bastion: Client,
  from: Target,
  node: Target,
  settings: ConnectionSettings,
  signal?: AbortSignal,
): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    const onAbort = () => settle(() => reject(sshError(node, "aborted", "connecting was cancelled")));
    const seconds = node.settings.perDialTimeout ?? 15;
    const timer =
      seconds > 0
        ? setTimeout(() => {
            const what = `no answer through bastion ${from.address} within ${seconds} s (perDialTimeout)`;
            settle(() => reject(sshError(node, "unreachable", what, true)));
          }, seconds * 1000)
        : undefined;
    let settled = false;
    const settle = (then: () => void) => {
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      then();
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      bastion.forwardOut("127.0.0.1", 0, node.host, node.port, (error, channel) => {
        if (settled) return void channel?.destroy();
        if (!error) return settle(() => resolve(channel));
        const { reason } = error as Error & { reason?: number };
        const said = scrub(error.message, settings);
        settle(() =>
          reject(
            reason === undefined
              ? lost(from)
              : reason === PROHIBITED
                ? sshError(
                    from,
                    "refused",
                    `the bastion does not forward to ${node.address} (${said}): allow it there (AllowTcpForwarding, PermitOpen)`,
                  )
                : sshError(node, "unreachable", `bastion ${from.address} cannot reach it: ${said}`, true),
          ),
        );
      });
    } catch {
      settle(() => reject(lost(from)));
    }
  });
}

function lost(bastion: Target) {
  return sshError(bastion, "unreachable", "the connection to the bastion was lost", true);
}
