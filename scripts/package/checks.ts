let count = 0;

/** Runs one check and reports it in TAP; false when it failed. */
export async function check(title: string, run: () => Promise<void> | void): Promise<boolean> {
  count += 1;
  try {
    await run();
    console.log(`ok ${count} - ${title}`);
    return true;
  } catch (error) {
    console.log(`not ok ${count} - ${title}`);
    const text = error instanceof Error ? error.message : String(error);
    console.log(text.replaceAll(/^/gm, '  '));
    process.exitCode = 1;
    return false;
  }
}
