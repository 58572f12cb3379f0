import { join } from 'node:path';

import ts from 'typescript';

import type { Snippet } from './snippets.js';

/** What the compiler has to say about snippets, with the lines of their pages. They are compiled all at once. */
export function compileSnippets(root: string, snippets: readonly Snippet[]): string[] {
  const files = new Map(snippets.map((snippet) => [fileName(root, snippet), snippet]));
  const options = compilerOptions(root);
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.readFile = (name) => {
    const snippet = files.get(name);
    // What is given goes into the first line, so that the other lines keep their numbers.
    return snippet ? `${snippet.kind === 'check' ? snippet.detail : ''}\n${snippet.code}` : readFile(name);
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => describe(diagnostic, files));
}

/** A name in the repository, so that the package is found by its own name, as a user's program would find it. */
function fileName(root: string, { page, line }: Snippet): string {
  return join(root, `${page}.${line}.mts`);
}

function compilerOptions(root: string): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (name) => ts.sys.readFile(name));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  // Excerpts declare what they do not use.
  return { ...options, noUnusedLocals: false, moduleDetection: ts.ModuleDetectionKind.Force };
}

function describe({ file, start, messageText }: ts.Diagnostic, files: Map<string, Snippet>): string {
  const message = ts.flattenDiagnosticMessageText(messageText, '\n');
  const snippet = file && files.get(file.fileName);
  if (!snippet) return message;
  const { line } = ts.getLineAndCharacterOfPosition(file, start ?? 0);
  return `${snippet.page}:${snippet.line + line - 1}: ${message}`;
}
