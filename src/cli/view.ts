/** Shows what channels do. It listens to their events from its making on. */
export interface View {
  /** The first FIFOs are there. */
  ready(): void;
  /** Tells the user something that is not about the data, on stderr. */
  tell(text: string): void;
  /**
   * Shows a line of a program that runs beside the channels. Not there if the program may write to the same terminal or
   * file by itself.
   */
  readonly showLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Nothing more is shown, but for what all of it came to. */
  close(): void;
}
