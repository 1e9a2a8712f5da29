/**
 * /etc/opscode/chef-server-running.json, as much as is read of it: Chef's pretty JSON of all settings, passwords among them
 * before 12.14 (private-chef, recipes/default.rb and attributes/default.rb).
 */
export function runningConfig(sslPort: number): string {
  const log = { file_maxbytes: 104857600, num_to_keep: 10 };
  const settings = {
    private_chef: {
      topology: "standalone",
      use_chef_backend: true,
      oc_bifrost: { log_rotation: log, port: 9463, sql_password: "a password of the embedded lab" },
      nginx: {
        ...{ enable: true, ha: false, dir: "/var/opt/opscode/nginx", log_rotation: log },
        ...{ ssl_port: sslPort, enable_non_ssl: false, non_ssl_port: 80, x_forwarded_proto: "https" },
      },
    },
    run_list: ["recipe[private-chef]"],
  };
  return `${JSON.stringify(settings, null, 2)}\n`;
}
