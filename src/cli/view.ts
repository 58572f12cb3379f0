/** Shows what channels do. It listens to their events from its making on. */
export interface View {
  /** The first FIFOs are there. */
  ready(): void;
  /** Tells the user something that is not about the data, on stderr. */
  tell(text: string): void;
  /** Nothing more is shown, but for what all of it came to. */
  close(): void;
}
