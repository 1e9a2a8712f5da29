import { JobVoice } from "./jobVoice";

/** What a job prints while it is followed: each piece once, however often it is followed from its beginning. */
export class JobListener {
  readonly voice: JobVoice;
  /** Lines that tell more than the exit status. */
  readonly heeded: string[] = [];
  #heard = 0;
  #rest = "";

  /**
   * @param now seconds of our clock
   * @param heeds which lines are heeded; null for none
   * @param onText told of each new piece
   */
  constructor(
    private readonly now: () => number,
    private readonly heeds: RegExp | null,
    private readonly onText: (text: string) => void,
  ) {
    this.voice = new JobVoice(now());
  }

  /** For one more time that it is followed. */
  hear(): (text: string) => void {
    let passed = 0;
    return (all) => {
      const text = all.slice(Math.max(0, this.#heard - passed));
      passed += all.length;
      this.#heard = Math.max(this.#heard, passed);
      if (text === "") return;
      this.voice.hear(text, this.now());
      const lines = (this.#rest + text).split("\n");
      this.#rest = lines.pop()!;
      this.#heed(lines);
      this.onText(text);
    };
  }

  /** The job has ended: a last line may have no end. */
  end(): void {
    this.#heed([this.#rest]);
    this.#rest = "";
  }

  #heed(lines: readonly string[]): void {
    const { heeds } = this;
    if (heeds) this.heeded.push(...lines.filter((line) => heeds.test(line)).map((line) => line.trim()));
  }
}
