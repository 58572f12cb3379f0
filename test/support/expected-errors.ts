import { PipeModeError } from 'sagemaker-pipe-mode';
import { expect } from 'vitest';

/** The PipeModeError that a promise rejects with. */
export async function rejection(failing: unknown): Promise<PipeModeError> {
  const error: unknown = await Promise.resolve(failing).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PipeModeError);
  return error as PipeModeError;
}

/** The PipeModeError that a call throws. */
export function thrown(action: () => unknown): PipeModeError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(PipeModeError);
    return error as PipeModeError;
  }
  throw new Error('Expected the call to throw');
}
