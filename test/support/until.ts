/** Waits until it is so, looking ten times a second. @throws Error after some minute. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries++) {
    if (tries > 600) throw new Error("what the test waits for did not happen within a minute");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
