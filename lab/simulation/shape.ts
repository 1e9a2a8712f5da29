/** In which other shapes nodes print what is read of them. Unless told otherwise: as the vendor's documentation shows it. */
export interface Shape {
  /** `status` as before 1.4.6, whatever the build. */
  oldStatus: boolean;
  /** The rows of `status` in this order; who is not named comes last. */
  serviceOrder: readonly string[];
  /** Texts before and after everything, such as those of `noise`. */
  before: string;
  after: string;
  /** The words that matter are in color, as on a terminal. */
  colored: boolean;
  /** Lines end with CR LF. */
  crlf: boolean;
  /** Everything is printed a second time. */
  twice: boolean;
  /**
   * What a service that is down adds to the exit status of `chef-server-ctl status`: 3 as runit's manual has it, or 0,
   * since the service's log has the last word in runit 2.1.2 (void-linux/runit issue 20).
   */
  downStatus: 0 | 3;
}

export const plainShape = (): Shape => ({
  oldStatus: false,
  serviceOrder: [],
  before: "",
  after: "",
  colored: false,
  crlf: false,
  twice: false,
  downStatus: 3,
});

/** What stands before or after a table on real machines. */
export const noise = {
  banner: `*****************************************************************
* Authorized use only. Service: everything is logged.           *
*****************************************************************

`,
  ruby: `/opt/chef-backend/embedded/lib/ruby/gems/2.3.0/gems/mixlib-shellout-2.2.7/lib/mixlib/shellout.rb:64: warning: constant ::Fixnum is deprecated
`,
  locale: `perl: warning: Setting locale failed.
perl: warning: Please check that your locale settings:
	LANGUAGE = (unset),
	LC_ALL = (unset),
	LANG = "en_US.UTF-8"
    are supported and installed on your system.
perl: warning: Falling back to the standard locale ("C").
`,
  ntp: `CBWARN001: The NTP daemon is not running on this node.

    Chef Backend needs the clocks of all nodes to be in step. Nodes whose clocks
    differ may be taken out of the cluster:

      leader: none; waiting: unknown
      state: unsynchronized

`,
};

const worthColor = /\b(running|down|green|yellow|red|leader|follower|OK|run)\b/g;

/** A text in that shape. */
export function dress(text: string, { before, after, colored, crlf, twice }: Shape): string {
  const table = colored
    ? text
        .replace(worthColor, "\x1b[32m$&\x1b[0m")
        .replace(/^(Service|Name|System)\b.*$/gm, "\x1b[1m$&\x1b[0m")
    : text;
  const whole = before + (twice ? table + table : table) + after;
  return crlf ? whole.replaceAll("\n", "\r\n") : whole;
}
