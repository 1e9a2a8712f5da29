/** Where the provider keeps its files on a node: lock, jobs, run record, staged packages. Root only. */
export const stateDir = "/var/lib/pulumi-chef-backend";
