import { readFileSync } from 'node:fs';

import { PipeModeError } from '../../errors.js';

const WITHOUT =
  "Or run without: `isolation: 'none'` leaves /opt/ml alone, and names the job's directory in SAGEMAKER_BASE_DIR.";

export function notLinux(): PipeModeError {
  return unavailable(`${process.platform} has no mount namespaces. Run this on Linux, or use a container.`);
}

export function toolsMissing(names: readonly string[]): PipeModeError {
  const are = names.length === 1 ? 'is not' : 'are not';
  return unavailable(
    `${names.map((name) => `\`${name}\``).join(', ')} ${are} installed. Install util-linux.`,
  );
}

/** @param said - what `unshare` or `mount` say */
export function refused(said: string): PipeModeError {
  const reasons = [...findings()].join(' ');
  return unavailable(`the system refuses it (${said.replaceAll(/\s+/g, ' ')}). ${reasons || advise(said)}`);
}

function unavailable(why: string): PipeModeError {
  const message = `No program can get an /opt/ml of its own here: ${why} ${WITHOUT}`;
  return new PipeModeError('RUNNER_UNAVAILABLE', message);
}

/** What of this system is known to be in the way. */
function* findings(): Generator<string> {
  const isRoot = process.getuid?.() === 0;
  for (const kind of ['user', 'mnt', 'pid', 'ipc']) {
    const name = `user.max_${kind}_namespaces`;
    if (sysctl(name) === '0') yield `${name} is 0: raise it with \`sysctl -w ${name}=10000\`, as root.`;
  }
  if (!isRoot && sysctl('kernel.unprivileged_userns_clone') === '0')
    yield 'kernel.unprivileged_userns_clone is 0: set it to 1, as root.';
  if (!isRoot && sysctl('kernel.apparmor_restrict_unprivileged_userns') === '1')
    yield 'kernel.apparmor_restrict_unprivileged_userns is 1: set it to 0, as root, or give node a profile with `userns`.';
  if (/^Seccomp:\s*2$/m.test(read('/proc/self/status')))
    yield 'A seccomp filter is in force, as in containers: start this one with `--security-opt seccomp=unconfined`, or `--privileged`.';
}

function advise(said: string): string {
  if (/no space left/i.test(said))
    return 'There are too many namespaces: raise user.max_user_namespaces and user.max_mnt_namespaces.';
  if (/unrecognized option|invalid option|unknown option/i.test(said))
    return 'Install util-linux 2.38 or newer.';
  return 'It may be a chroot, or a container without the right to make namespaces (CAP_SYS_ADMIN).';
}

function sysctl(name: string): string {
  return read(`/proc/sys/${name.replaceAll('.', '/')}`).trim();
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
