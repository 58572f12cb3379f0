import type { HostNames } from '../runner.js';
import { findTool } from '../find-program.js';
import { asOwnUser, type NamespaceMeans } from './means.js';
import type { ByteText } from './kept-entries.js';
import { NETWORK_SETUP, type NetworkTools } from './own-network.js';
import type { Made, MountPlan } from './mount-plan.js';

/** The descriptor by which the shell that sets up tells us how far it is, and hears our answer; 4 is the program's stderr. */
export const CONTROL = 3;

/** With which the shell reads its script: descriptor 5. */
export const RUN_SCRIPT = '. /proc/self/fd/5';

/** What the shell says by `CONTROL`, a line each. */
export const SETUP_FAILED = /^setup (\d+)$/m;
export const NO_DIRECTORY = /^cd$/m;
export const NOT_EXECUTED = /^exec (\d+)$/m;
export const HOST_PID = /^pid (\d+)$/m;
export const READY = /^ready$/m;

export const WAITING = /^waiting$/m;

/** The answer to `WAITING`. */
export const GO_ON = 'go on\n';

/**
 * What becomes the program, given the working directory and the command. If the last `exec` fails, the control pipe says
 * so; if it succeeds, this text is gone from the process's command line. What comes on stderr after `ready` is of `unshare`.
 *
 * It waits for our answer, and ends without one: who answers was alive when the kernel had been asked to kill the shell with us.
 * That the pipe can be written to does not tell: a process that is being killed has it open for a while. Variables are the
 * shell's own, of which the program gets none: any other may be one of the program's. `TMOUT` may be, too, for which bash
 * would give up.
 */
export const START_PROGRAM = `
cd -- "$1" || { echo cd >&3; trap - EXIT; exit 125; }
shift
echo waiting >&3
TMOUT=0 read -r PWD <&3 || { trap - EXIT; exit 125; }
unset PWD OLDPWD SHLVL
trap 'echo "exec $?" >&3' EXIT
echo ready >&3
echo ready >&2
exec "$@" 2>&4 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
`;

/** The script: its arguments are the job's directory, and those of `START_PROGRAM`, which is its `$0`. */
export function setupScript(
  plan: MountPlan,
  { tools, inUserNamespace }: NamespaceMeans,
  { host, network }: { host: HostNames | undefined; network: NetworkTools | undefined },
): Uint8Array {
  const { covered, newRoot, first, made } = plan;
  // A root in a user namespace has a user of his own outside: whose files he gets, and as whom the program runs.
  const isMapped = inUserNamespace && process.getuid!() !== 0;
  const lines = [
    `trap 'echo "setup $?" >&3' EXIT`,
    `read -r PWD OLDPWD < /proc/self/stat && echo "pid $PWD" >&3 || exit`, // as the machine numbers it, as yet
    `exec 9< "$1" && shift || exit`,
    ...(covered === undefined ? [] : [`exec 8< ${covered} || exit`]),
    ...(newRoot === undefined ? [] : [`cd ${newRoot} || exit`]),
    ...(first.length > 0 ? [`${quoted(tools.mount)} -c -a -T /proc/self/fd/6 || exit`] : []),
    ...made.map((each) => `${makeOne(each)} || exit`),
    `${quoted(tools.mount)} -c -a -T /proc/self/fd/7 || exit`,
    ...(newRoot === undefined
      ? []
      : [`cd ${newRoot} && ${tool('pivot_root')} . . && ${tool('umount')} -l . && cd / || exit`]),
    ...(host === undefined ? [] : [setHostname(host.name)]),
    ...(network === undefined ? [] : [setNetwork(network)]),
    isMapped
      ? `exec ${quoted(tools.unshare)} ${asOwnUser().join(' ')} ${quoted(tools.sh)} -c "$0" sh "$@"`
      : `eval "$0"`,
  ];
  return Buffer.from(`${lines.join('\n')}\n`, 'latin1');
}

function makeOne({ path, target, content = '' }: Made): ByteText {
  if (target !== undefined) return `${tool('ln')} -s -- ${quoted(target)} ${quoted(path)}`;
  return `printf %s ${quoted(content)} > ${quoted(path)}`;
}

/** Root may write it; in a user namespace it takes the system call. */
function setHostname(name: string): string {
  return `{ echo ${name} > /proc/sys/kernel/hostname; } 2>/dev/null || ${tool('hostname')} ${name} || exit`;
}

function setNetwork({ ip }: NetworkTools): string {
  return `printf '%s\\n' ${NETWORK_SETUP.map(quoted).join(' ')} | ${quoted(ip)} -batch - || exit`;
}

/** Not by the PATH of the program. If it is missing, the shell says so. */
function tool(name: string): ByteText {
  return quoted(findTool(name) ?? name);
}

function quoted(word: ByteText): ByteText {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
