/** Puts things back one after another: what fails keeps nothing else from being tried. */
export class Mendings {
  /** What was put back, or could not be: sentences. */
  readonly notes: string[] = [];

  /** @param mend what it is told by; null where there was nothing to do. */
  async attempt(what: string, mend: () => Promise<string | null>): Promise<void> {
    try {
      const note = await mend();
      if (note !== null) this.notes.push(note);
    } catch (error) {
      this.notes.push(`${what} failed: ${(error as Error).message}`);
    }
  }
}
