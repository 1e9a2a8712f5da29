import { refuse } from "../../plan/refusals/rule";
import { parseVersion } from "../../versions/version";
import { configFolder } from "../facts";
import { machinesOf } from "../state";
import { readable, type Rule } from "./rule";

export const unreachable: Rule = ({ spec, state }) =>
  machinesOf(state).flatMap(({ name, unreachable: why }) =>
    why === null
      ? []
      : [
          refuse(
            "unreachable",
            `${name}: ${why}`,
            "Every machine must be reachable before one of them is changed",
            spec.timeouts.services,
          ),
        ],
  );

export const notRoot: Rule = (view) =>
  readable(view)
    .filter(({ root }) => !root)
    .map(({ name }) =>
      refuse(
        "root",
        `${name}: commands do not run as root`,
        "Log in as root (connection.user), or set connection.sudo",
      ),
    );

export const notPrivateChef: Rule = (view) =>
  readable(view)
    .filter(({ package: { version } }) => version === null || !parseVersion(version))
    .map(({ name, package: { version } }) =>
      version === null
        ? refuse(
            "package",
            `${name} has no private-chef package installed`,
            "Give the machines of a Private Chef or Enterprise Chef system",
          )
        : refuse(
            "package",
            `${name} has private-chef ${version} installed, whose version cannot be compared with ${view.spec.version}`,
            "This release knows released builds, such as 1.4.6-1: upgrade this machine by hand",
          ),
    );

export const families: Rule = (view) => {
  const machines = readable(view);
  const mixed =
    new Set(machines.map(({ family }) => family)).size > 1 || machines.some(({ family }) => !family);
  const each = machines.map(({ name, family }) => `${name} ${family ?? "neither"}`).join(", ");
  return mixed
    ? [
        refuse(
          "platform",
          `The machines are not of one package family: ${each}`,
          "All must use deb, or all rpm",
        ),
      ]
    : [];
};

export const noTar: Rule = (view) =>
  readable(view)
    .filter(({ hasTar }) => !hasTar)
    .map(({ name }) => refuse("tar", `${name} has no tar`, `Install it: ${configFolder} is copied with it`));
