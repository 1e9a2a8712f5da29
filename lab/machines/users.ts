/** How somebody may log in to the nodes, and what `sudo` does for them. */
export interface LabUser {
  /** Log in with this password; with the lab's key only, where it is missing. */
  password?: string;
  /** `free`: no password; `password`: asks for `sudoPassword` (default: `password`); `none`: not allowed. */
  sudo?: "free" | "password" | "none";
  sudoPassword?: string;
}

export type LabUsers = Record<string, LabUser>;

/** `root`, and `chef` who may do everything with sudo. */
export const defaultUsers: LabUsers = { root: {}, chef: { sudo: "free" } };

/** Decides for the nodes' `sudo`. */
export class SudoPolicy {
  /** Wrong passwords so far. */
  wrong = 0;

  constructor(readonly users: LabUsers) {}

  /** `policy`: 0 allowed, 1 with a password, 2 refused. `check PASSWORD`: 0 right, 1 wrong. */
  answer(user: string, [question, password]: readonly string[]): { code: number; message?: string } {
    const rules = this.users[user] ?? {};
    const mode = user === "root" ? "free" : (rules.sudo ?? "none");
    if (question === "policy") {
      if (mode === "none")
        return { code: 2, message: `${user} is not in the sudoers file.  This incident will be reported.` };
      return { code: mode === "free" ? 0 : 1 };
    }
    const right = mode === "free" || password === (rules.sudoPassword ?? rules.password);
    if (!right) this.wrong++;
    return { code: right ? 0 : 1 };
  }
}
