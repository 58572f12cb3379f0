const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

type XmlValue = string | number | boolean | undefined | XmlFields | readonly XmlFields[];
export interface XmlFields {
  readonly [name: string]: XmlValue;
}

/** A document: an element with fields; an array is its element several times, `undefined` is none. */
export function xmlDocument(root: string, fields: XmlFields): string {
  return `${DECLARATION}<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${children(fields)}</${root}>`;
}

/** An error's document: the only one that has no namespace. */
export function xmlError(fields: XmlFields): string {
  return `${DECLARATION}<Error>${children(fields)}</Error>`;
}

function children(fields: XmlFields): string {
  return Object.entries(fields)
    .flatMap(([name, value]) =>
      Array.isArray(value) ? value.map((one: XmlFields) => element(name, one)) : [element(name, value)],
    )
    .join('');
}

function element(name: string, value: XmlValue): string {
  if (value === undefined) return '';
  const inside = typeof value === 'object' ? children(value as XmlFields) : escape(String(value));
  return `<${name}>${inside}</${name}>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"\r\n\t]/g, (character) => `&#${character.charCodeAt(0)};`);
}
