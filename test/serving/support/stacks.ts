import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DIRECTORY = fileURLToPath(new URL('../stack', import.meta.url));

/** Debian's own: it has the modules of Debian's packages. */
const PYTHON = '/usr/bin/python3';

/** What trains the model that all of them serve: a straight line. */
export const TRAIN: readonly string[] = [PYTHON, `${DIRECTORY}/train.py`];

/** A server as people bring it. */
export interface Stack {
  readonly name: string;
  readonly command: readonly string[];
}

export const FLASK: Stack = {
  name: 'nginx + gunicorn + flask',
  command: [PYTHON, `${DIRECTORY}/flask_server.py`],
};

export const STACKS: readonly Stack[] = [
  FLASK,
  { name: 'plain Node', command: [process.execPath, `${DIRECTORY}/plain_server.mjs`] },
  { name: "Python's http.server", command: [PYTHON, `${DIRECTORY}/plain_server.py`] },
];

/** Whether this machine has what that server takes. */
export function hasFlask(): boolean {
  const script = `command -v nginx && ${PYTHON} -c "import flask, gunicorn"`;
  return spawnSync('sh', ['-c', script]).status === 0;
}

/** Where images have those programs. */
const IN_IMAGE = '/opt/program';

/** What is built of an image: its Dockerfile, and what that copies. */
export function imageOf([program, ...args]: readonly string[], base: string): Record<string, string> {
  const files = readdirSync(DIRECTORY).map((name) => [name, readFileSync(`${DIRECTORY}/${name}`, 'utf8')]);
  const inside = [program === process.execPath ? 'node' : program, ...args].map((word) =>
    word!.replace(DIRECTORY, IN_IMAGE),
  );
  return {
    ...(Object.fromEntries(files) as Record<string, string>),
    Dockerfile: `FROM ${base}\nCOPY * ${IN_IMAGE}/\nENTRYPOINT ${JSON.stringify(inside)}\n`,
  };
}
