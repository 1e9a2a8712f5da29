/** An add-on of the Chef server: a package beside chef-server-core, with a control command of its own. */
export interface Addon {
  readonly package: string;
  readonly title: string;
  readonly ctl: string;
  /** The last major release of the server for which Chef names it, before its end of life (chef-server#2202); missing: the last. */
  readonly lastServer?: number;
  /** When Chef ended its life (docs.chef.io/versions). */
  readonly endOfLife: string;
}

/**
 * What `chef-server-ctl install` knows (chef-server, plugins/install.rb), and what Chef Manage was called before. Each is
 * reconfigured by its own command (release notes of chef-manage; install_server_ha, "Enable Features").
 */
export const addons: readonly Addon[] = [
  { package: "chef-manage", title: "Chef Manage", ctl: "chef-manage-ctl", endOfLife: "in February 2026" },
  {
    package: "opscode-manage",
    title: "Chef Manage",
    ctl: "opscode-manage-ctl",
    endOfLife: "in February 2026",
  },
  {
    package: "opscode-push-jobs-server",
    title: "Push Jobs",
    ctl: "opscode-push-jobs-server-ctl",
    lastServer: 14,
    endOfLife: "on December 31, 2020",
  },
  {
    package: "opscode-reporting",
    title: "Reporting",
    ctl: "opscode-reporting-ctl",
    lastServer: 12,
    endOfLife: "on December 31, 2018",
  },
];

/** An add-on that a frontend has installed. */
export interface InstalledAddon {
  readonly package: string;
  readonly version: string;
}

/** `opscode-reporting install ok installed 1.8.0-1` of dpkg-query; `opscode-reporting 1.8.0-1.el7` of rpm. */
const line = /^([\w-]+)(?: \S+ ok installed)? (\d\S*)$/;

/** Reads what dpkg-query and rpm print of them; other lines tell of packages that are not there. */
export function parseAddons(text: string): InstalledAddon[] {
  return text.split("\n").flatMap((each) => {
    const [, name, version] = line.exec(each.trim()) ?? [];
    return addons.some((addon) => addon.package === name) ? [{ package: name!, version: version! }] : [];
  });
}
