/** A user without rights. */
export const NOBODY = 65534;

/** Does something as an ordinary user, as root can: in this process, all threads of which are that user meanwhile. */
export async function asNobody<T>(action: () => Promise<T>): Promise<T> {
  process.setegid!(NOBODY);
  process.seteuid!(NOBODY);
  try {
    return await action();
  } finally {
    process.seteuid!(0);
    process.setegid!(0);
  }
}
