/** What a value has to be, as AWS's model of the API says it. Names refer to other shapes of the table. */
export type Shape = StructureShape | ListShape | MapShape | StringShape | NumberShape | BooleanShape;

/** An object with these members, and no others. */
export interface StructureShape {
  readonly type: 'structure';
  /** The shape of each member. */
  readonly members: Readonly<Record<string, string>>;
  readonly required?: readonly string[];
}

/** `min` and `max` count its elements. */
export interface ListShape {
  readonly type: 'list';
  readonly member: string;
  readonly min?: number;
  readonly max?: number;
}

/** An object whose keys are the caller's. `min` and `max` count them. */
export interface MapShape {
  readonly type: 'map';
  readonly key: string;
  readonly value: string;
  readonly min?: number;
  readonly max?: number;
}

/** `min` and `max` count Unicode code points; the pattern holds for the whole string. */
export interface StringShape {
  readonly type: 'string';
  readonly enum?: readonly string[];
  /** A regular expression of Java. */
  readonly pattern?: string;
  readonly min?: number;
  readonly max?: number;
}

/** `min` and `max` are its bounds. */
export interface NumberShape {
  readonly type: 'integer' | 'long' | 'float';
  readonly min?: number;
  readonly max?: number;
}

export interface BooleanShape {
  readonly type: 'boolean';
}
