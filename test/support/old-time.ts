import { execFileSync } from 'node:child_process';

/** Writes other bytes over a file in place and sets its modification time back, as `touch -r` does. */
export function rewriteWithOldTime(path: string): void {
  run(
    'touch -r "$0" "$0.time" && tr "\\000-\\377" "\\001-\\377\\000" <"$0" >"$0.new" && cat "$0.new" >"$0" && touch -r "$0.time" "$0"',
    path,
  );
}

/** Puts another file of the same size and modification time in the place of a file, as `cp -p` and `mv` do. */
export function replaceWithOldTime(path: string): void {
  run(
    'tr "\\000-\\377" "\\001-\\377\\000" <"$0" >"$0.new" && touch -r "$0" "$0.new" && mv "$0.new" "$0"',
    path,
  );
}

function run(script: string, path: string): void {
  execFileSync('sh', ['-c', `${script}; rm -f "$0.time" "$0.new"`, path]);
}
