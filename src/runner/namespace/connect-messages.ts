/** What is asked of the process that connects in a program's network. */
export interface ConnectRequest {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  /** How long it may take until it is accepted, in milliseconds. Not there if that does not matter. */
  readonly timeoutMs?: number | undefined;
}

/** Its answer, with the socket if there is one. */
export interface ConnectAnswer {
  readonly id: number;
  readonly error?: { readonly message: string; readonly code?: string | undefined };
}
