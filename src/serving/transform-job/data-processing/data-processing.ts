import { JsonPath, JsonPathProblem } from '../../../sagemaker/json-path.js';
import { isProcessed, mediaType } from '../../../sagemaker/rules/transform-rules.js';
import type { ResolvedTransformRequest } from '../../../sagemaker/transform-request.js';
import { RecordProblem } from '../records/record.js';
import { CsvFormat } from './csv-format.js';
import type { Format } from './format.js';
import { JsonFormat } from './json-format.js';

/** What is wrong with an answer: a clause. */
export class AnswerProblem extends Error {}

/**
 * Filters what is sent, joins it with what is answered, and filters that (Developer Guide, Associate Prediction Results with
 * Input Records). An empty line is no record for it.
 */
export class DataProcessing {
  readonly #format: Format;
  readonly #inputFilter: JsonPath | undefined;
  readonly #outputFilter: JsonPath | undefined;
  /** Whether an answer has a record on each line. */
  readonly #isByLine: boolean;
  /** Whether answers are joined with what was sent. */
  readonly joins: boolean;

  constructor({ TransformInput: input, BatchStrategy, DataProcessing: given }: ProcessedRequest) {
    const isCsv = mediaType(input.ContentType!) === 'text/csv';
    this.#format = isCsv ? new CsvFormat() : new JsonFormat();
    this.#inputFilter = pathOf(given.InputFilter);
    this.#outputFilter = pathOf(given.OutputFilter);
    this.joins = given.JoinSource === 'Input';
    const isOne =
      input.SplitType === 'None'
        ? mediaType(input.ContentType!) === 'application/json'
        : !isCsv && BatchStrategy === 'SingleRecord';
    this.#isByLine = !isOne;
  }

  /** What is sent of each of some records; `undefined` if there is nothing in it. @throws {@link RecordProblem} of one of them */
  readonly filterInputs = (contents: readonly Uint8Array[]): (Uint8Array | undefined)[] => {
    const filter = this.#inputFilter;
    try {
      const texts = contents.map(textOf);
      if (filter === undefined)
        return texts.map((text, index) => (isBlank(text) ? undefined : contents[index]));
      const lines = texts.map((text) => (this.#isByLine ? linesOf(text) : isBlank(text) ? [] : [text]));
      const values = this.#format.parse(lines.flat());
      let at = 0;
      return lines.map(({ length }) => {
        const own = values.slice(at, (at += length));
        const sent = own.map((value) => this.#format.stringify(filter.select(value)));
        return length === 0 ? undefined : Buffer.from(sent.join('\n'));
      });
    } catch (error) {
      throw new RecordProblem('RECORD_INVALID', reason(error, 'InputFilter'));
    }
  };

  /** Whether answers stay as they are. */
  get keepsAnswers(): boolean {
    return !this.joins && this.#outputFilter === undefined;
  }

  /**
   * What is written of an answer.
   *
   * @param sources - the records that it answers, if they are joined
   * @throws {@link AnswerProblem}; {@link RecordProblem} of one of the records
   */
  filterOutput(answer: Uint8Array, sources: readonly Uint8Array[]): Uint8Array {
    const text = this.#answerOf(answer);
    const outputs = this.#isByLine ? linesOf(text) : [text];
    const inputs = this.joins ? this.#inputsOf(sources) : undefined;
    if (inputs !== undefined && inputs.length !== outputs.length)
      throw new AnswerProblem(otherCount(inputs.length, outputs.length));
    const filtered = this.#joined(inputs, outputs).join('\n');
    // The answers to several payloads stand one behind the other.
    return Buffer.from(this.#isByLine && text.endsWith('\n') ? `${filtered}\n` : filtered);
  }

  /** @throws {@link AnswerProblem} */
  #answerOf(answer: Uint8Array): string {
    try {
      return textOf(answer);
    } catch (error) {
      throw new AnswerProblem(reason(error, 'OutputFilter'));
    }
  }

  #inputsOf(sources: readonly Uint8Array[]): string[] {
    const texts = sources.map(textOf);
    return this.#isByLine ? texts.flatMap(linesOf) : texts;
  }

  #joined(inputs: readonly string[] | undefined, outputs: readonly string[]): string[] {
    try {
      return this.#linesFor(inputs, outputs);
    } catch (error) {
      // Which one it is, is worth some time then.
      for (const [index, output] of outputs.entries()) {
        if (inputs !== undefined) this.#checkInput(inputs[index]!, index);
        try {
          this.#linesFor(inputs && [inputs[index]!], [output]);
        } catch (own) {
          throw new AnswerProblem(`of its record ${index} (counted from 0), ${reason(own, 'OutputFilter')}`);
        }
      }
      throw new AnswerProblem(reason(error, 'OutputFilter'));
    }
  }

  /** One that was sent as it is may be wrong, too. @throws {@link RecordProblem} */
  #checkInput(input: string, index: number): void {
    try {
      this.#format.parse([input]);
    } catch (error) {
      const which = `of its records that are not empty, ${index} (counted from 0)`;
      throw new RecordProblem('RECORD_INVALID', `${which}, ${reason(error, 'InputFilter')}`);
    }
  }

  #linesFor(inputs: readonly string[] | undefined, outputs: readonly string[]): string[] {
    const answers = this.#format.parse(outputs);
    const sources = inputs && this.#format.parse(inputs);
    return answers.map((answer, index) => {
      const joined = sources === undefined ? answer : this.#format.join(sources[index], answer);
      const filter = this.#outputFilter;
      return this.#format.stringify(filter === undefined ? joined : filter.select(joined));
    });
  }
}

type ProcessedRequest = Pick<ResolvedTransformRequest, 'TransformInput' | 'DataProcessing' | 'BatchStrategy'>;

/** `undefined` if nothing has to be done. */
export function dataProcessingOf(request: ProcessedRequest): DataProcessing | undefined {
  return isProcessed(request) ? new DataProcessing(request) : undefined;
}

function pathOf(text: string): JsonPath | undefined {
  return text === '$' ? undefined : new JsonPath(text);
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws TypeError what is no UTF-8 would not be what it was */
function textOf(bytes: Uint8Array): string {
  return UTF_8.decode(bytes);
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => !isBlank(line));
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}

function otherCount(sent: number, answered: number): string {
  return `it answers ${answered} record(s), and ${sent} were sent: they cannot be joined. Every record needs one line`;
}

function reason(error: unknown, filter: string): string {
  const { message } = error as Error;
  return error instanceof JsonPathProblem
    ? `${message} (DataProcessing.${filter})`
    : `it cannot be read: ${message}`;
}
