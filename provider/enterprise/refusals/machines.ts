import { refuse } from "../../plan/refusal";
import {
  asUser,
  leadingToSeveral,
  listedTwice,
  unreadableDatabase,
  whyUnreachable,
} from "../../plan/refusals/anyMachine";
import { unlisted } from "../../plan/refusals/unlisted";
import { parseVersion } from "../../versions/version";
import { configFolder } from "../facts";
import { unfinishedOn } from "../record";
import { machinesOf } from "../state";
import { readable, type Rule } from "./rule";

export const unreachable: Rule = ({ spec, state }) =>
  machinesOf(state).flatMap((machine) =>
    machine.unreachable === null
      ? []
      : [
          refuse({
            code: "unreachable",
            what: "Machine cannot be reached",
            where: machine.name,
            seen: whyUnreachable(machine),
            next: "restore the SSH connection; no machine is changed until all of them can be reached",
            waitable: spec.timeouts.services,
          }),
        ],
  );

export const notRoot: Rule = (view) =>
  readable(view)
    .filter(({ root }) => !root)
    .map(({ name }) => asUser(name));

export const wrongHosts: Rule = (view) => [
  ...listedTwice(readable(view)),
  ...leadingToSeveral(readable(view)),
];

export const lost: Rule = ({ state, record }) =>
  unlisted(record, record ? unfinishedOn(record) : [], machinesOf(state));

export const notPrivateChef: Rule = (view) =>
  readable(view)
    .filter(
      ({ package: { state, version } }) =>
        state !== "unreadable" && (version === null || !parseVersion(version)),
    )
    .map(({ name, package: { version } }) =>
      version === null
        ? refuse({
            code: "package",
            what: "Package private-chef is not installed",
            where: name,
            seen: "neither dpkg nor rpm knows a private-chef package",
            next: "list the machines of one Private Chef or Enterprise Chef system in `nodes` and `frontends`",
          })
        : refuse({
            code: "package",
            what: "Installed version is unknown",
            where: name,
            seen: `private-chef ${version}, which cannot be compared with ${view.spec.version}`,
            next: "upgrade this machine by hand to a released build, such as 1.4.6-1",
          }),
    );

export const unreadable: Rule = (view) =>
  readable(view).flatMap((machine) =>
    unreadableDatabase("packageDatabase", machine, view.spec.timeouts.packageLock),
  );

export const families: Rule = (view) => {
  const machines = readable(view);
  const mixed =
    new Set(machines.map(({ family }) => family)).size > 1 || machines.some(({ family }) => !family);
  return mixed
    ? [
        refuse({
          code: "platform",
          what: "Machines use different package families",
          where: machines.map(({ name }) => name),
          seen: machines.map(({ name, family }) => `${name} ${family ?? "neither"}`).join(", "),
          next: "use deb on all machines, or rpm on all machines",
        }),
      ]
    : [];
};

export const noTar: Rule = (view) =>
  readable(view)
    .filter(({ hasTar }) => !hasTar)
    .map(({ name }) =>
      refuse({
        code: "tar",
        what: "tar is not installed",
        where: name,
        seen: `no \`tar\`; ${configFolder} is copied with it`,
        next: "install it",
      }),
    );
