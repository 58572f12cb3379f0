import { checkInteger } from '../../options/checks.js';
import { check } from '../../options/expected.js';
import { type Names, readOptions } from '../../options/read-options.js';

/** Where a gateway listens. */
export interface GatewayOptions {
  /** The port: 0 to 65,535, where 0 is any that is free. Default 0. */
  readonly port?: number | undefined;
  /**
   * The address, or a name that has one: `0.0.0.0` for all of this machine's, so that other machines reach it. Nobody is asked who
   * he is. Default `127.0.0.1`.
   */
  readonly host?: string | undefined;
}

/** The same, checked, with their defaults. */
export type ResolvedGatewayOptions = {
  readonly [Name in keyof GatewayOptions]-?: NonNullable<GatewayOptions[Name]>;
};

const OPTIONS: Names<GatewayOptions> = { port: true, host: true };

/** @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION` */
export function readGatewayOptions(given: GatewayOptions): ResolvedGatewayOptions {
  const { port = 0, host = '127.0.0.1' } = readOptions(given, OPTIONS);
  checkInteger('port', 'a port: 0 to 65535', port, 0, 65_535);
  check(
    'host',
    'an address, or the name of a machine',
    host,
    (value) => typeof value === 'string' && value !== '',
  );
  return { port, host };
}
