import { type Addon, addons } from "../chef/server/addons";
import type { FrontendState } from "../cluster/state";
import * as ctl from "../commands/chefServerCtl";
import type { Step } from "../plan/plan";
import type { UpgradeSpec } from "../plan/spec";
import { together } from "../values/together";
import { compareVersions, release } from "../versions/version";
import { onFrontend } from "./frontendSteps";

/** Where Chef lists what it has given up. */
const lifecycle = "https://docs.chef.io/versions/";

/**
 * Newer add-ons keep their secrets in the server's own file, which older servers do not share with them: a Reporting of 2017 has
 * wrecked it there (chef-server#1208; server_security, "Add-on Compatibility").
 */
const sharesSecrets = "12.14.0";

/** "After upgrading Chef Infra Server, reinstall the add-on and then reconfigure Chef Infra Server and the add-on" (chef-server#2202). */
export function addonSteps(spec: UpgradeSpec, node: FrontendState): Step[] {
  const { version, acceptLicense, reconfigureAddons } = spec.frontends!;
  if (!reconfigureAddons || compareVersions(version!, sharesSecrets) < 0) return [];
  return addonsOf(node).map(({ package: name, title, ctl: command }) =>
    onFrontend(spec, node, {
      id: `${node.name}/reconfigure-${name}`,
      kind: "reconfigure-addon",
      title: `reconfiguring ${title}`,
      reason: `its server is chef-server-core ${release(version!)} now`,
      commands: [ctl.reconfigure(acceptLicense), ctl.reconfigureAddon(command, acceptLicense)],
      guard: "the frontend is upgraded and answers",
      verify: `${command} status shows nothing down, and /_status says pong`,
    }),
  );
}

/** What the user still has to do for them, and what Chef does for them no longer. @param nodes those that are upgraded */
export function addonWarnings(spec: UpgradeSpec, nodes: readonly FrontendState[]): string[] {
  const found = nodes.flatMap((node) =>
    addonsOf(node).map((addon) => [node.name, warning(spec, node, addon)] as const),
  );
  return together(found).map(([names, text]) => `${names}: ${text}`);
}

function warning(spec: UpgradeSpec, node: FrontendState, addon: Addon): string {
  const { title, ctl: own, lastServer = Infinity, endOfLife } = addon;
  const { version } = node.addons.find((each) => each.package === addon.package)!;
  const wanted = release(spec.frontends!.version!);
  const alike =
    compareVersions(wanted, sharesSecrets) < 0
      ? `, with an add-on no newer than it: others damage the secrets of a server before ${sharesSecrets} (chef/chef-server#1208)`
      : ', or set `frontends.addons` to "reconfigure"';
  return [
    `add-on ${title} ${version}: after the upgrade to ${wanted}, `,
    addonSteps(spec, node).length > 0
      ? "it is reconfigured; install a newer release of it yourself, if it needs one"
      : `install the release of it that fits, then run \`chef-server-ctl reconfigure\` and \`${own} reconfigure\`${alike}`,
    Number(wanted.split(".")[0]) > lastServer
      ? `. Chef names it for chef-server-core up to ${lastServer} only (chef/chef-server#2202), and`
      : ". Chef",
    ` ended its life ${endOfLife} (${lifecycle})`,
  ].join("");
}

const addonsOf = (node: FrontendState) =>
  addons.filter((addon) => node.addons.some((each) => each.package === addon.package));
