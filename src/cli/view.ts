/** Shows what channels do. It listens to their events from its making on. */
export interface View {
  /** The first FIFOs are there. */
  ready(): void;
  /** Lets somebody else write to the terminal, above what is kept up to date. */
  writeAbove(write: () => void): void;
  /** Nothing more is shown. */
  close(): void;
}
