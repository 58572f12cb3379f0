import { decodeValue } from './decode-value.js';
import { EntryField, RecordField } from './fields.js';
import { MessageReader } from './message-reader.js';
import type { DecodedRecord, DecodedValue } from './record.js';

/** Reads a `Record`. Of a field that may be there once and is there more often, the last one counts. */
export function readRecord(bytes: Uint8Array): DecodedRecord {
  const message = new MessageReader('the record', [bytes]);
  const features = noValues();
  const label = noValues();
  const texts: { uid?: string; metadata?: string; configuration?: string } = {};
  let known = 0;
  for (let field = message.next(); field !== 0; field = message.next()) {
    known++;
    if (field === RecordField.features) readEntry('features', message.bytes(), features);
    else if (field === RecordField.label) readEntry('label', message.bytes(), label);
    else if (field === RecordField.uid) texts.uid = message.string();
    else if (field === RecordField.metadata) texts.metadata = message.string();
    else if (field === RecordField.configuration) texts.configuration = message.string();
    else {
      known--;
      message.skip();
    }
  }
  // Short text, for one, can pass for protobuf with fields that nobody knows.
  if (known === 0 && bytes.length > 0) {
    throw message.invalid(`has none of the fields 1 to 5, but ${message.skipped}`);
  }
  return { features, label, ...texts };
}

function noValues(): Record<string, DecodedValue> {
  return Object.create(null) as Record<string, DecodedValue>;
}

/** An entry of a map. A name that is there twice keeps the last value, as protobuf has it. */
function readEntry(option: string, bytes: Uint8Array, values: Record<string, DecodedValue>): void {
  const entry = new MessageReader(`an entry of ${option}`, [bytes]);
  let name = '';
  const pieces: Uint8Array[] = [];
  for (let field = entry.next(); field !== 0; field = entry.next()) {
    if (field === EntryField.key) name = entry.string();
    else if (field === EntryField.value) pieces.push(entry.bytes());
    else entry.skip();
  }
  values[name] = decodeValue(`${option}.${name}`, pieces);
}
