/** The line of an error that is about to be printed. */
let expected: string | undefined;

/**
 * An error that a method answers with. Pulumi's process of dynamic resources prints it as well, in this form, and Pulumi would
 * show it twice: with the resource, and with the stack. It has no trace, which would lead into our code and help nobody.
 */
export class ToldOnce extends Error {
  override stack = '';

  override toString(): string {
    const text = super.toString();
    expected = `${text}: ${this.stack}`;
    return text;
  }
}

/** What is answered is no longer printed; all else is. */
export function printOthers(console: Pick<Console, 'error'>): void {
  const print = console.error.bind(console);
  console.error = (...line: unknown[]) => {
    const told = expected !== undefined && line[0] === expected;
    expected = undefined;
    if (!told) print(...line);
  };
}
