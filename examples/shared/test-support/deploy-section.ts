import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One command line. */
export interface Command {
  text: string;
  /** The value of `--name value`, without its quotes. */
  option(name: string): string | undefined;
}

/** What a README says under its heading "Deploy". */
export interface DeploySection {
  /** All shell code. */
  text: string;
  commands: string[];
  /** The outputs of the stack that are asked for, each once. */
  outputs: string[];
  /** @throws Error when there is no command that begins so */
  command(beginning: string): Command;
  /** The different values of an option in all commands. */
  values(option: string): string[];
}

/** @throws Error when the README of the folder has no such heading */
export function deploySection(folder: string): DeploySection {
  const [, section] = readFileSync(join(folder, 'README.md'), 'utf8').split(/^## Deploy$/m);
  if (section === undefined) throw new Error(`${folder}/README.md has no heading "Deploy"`);
  const [own = ''] = section.split(/^## /m);
  const blocks = [...own.matchAll(/```sh\n(.*?)```/gs)].map(([, code = '']) => code);
  const text = blocks.join('\n').replaceAll(/\\\n\s*/g, '');
  const commands = text.split('\n').filter((line) => line !== '');
  return {
    text,
    commands,
    outputs: [...new Set([...text.matchAll(/OutputKey=='(\w+)'/g)].map(([, key = '']) => key))],
    command: (beginning) => {
      const found = commands.find((line) => line.replace(/^[A-Z_]+=\$\(/, '').startsWith(beginning));
      if (found === undefined) throw new Error(`${folder}/README.md does not show how to: ${beginning}`);
      return { text: found, option: (name) => optionOf(found, name) };
    },
    values: (option) => [...new Set(commands.flatMap((line) => optionOf(line, option) ?? []))],
  };
}

function optionOf(command: string, name: string): string | undefined {
  const [, quoted, plain] = new RegExp(`--${name} (?:'([^']*)'|([^\\s)]+))`).exec(command) ?? [];
  return quoted ?? plain;
}
