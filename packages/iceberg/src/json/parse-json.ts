/**
 * JSON without loss of 64-bit integers.
 *
 * `JSON.parse` turns every number into a double, so snapshot id 7234567890123456789 becomes 7234567890123456768, silently.
 * Here an integer that a double cannot hold exactly becomes a bigint; everything else is what `JSON.parse` makes of it.
 * Text without such an integer goes to `JSON.parse` itself, which is several times faster than anything written by hand.
 */

/** A long integer token. It may be found inside a string by mistake, which costs time and changes nothing. */
const LONG_INTEGER = /(?:^|[:,[\s])-?\d{16,}(?:$|[,\]}\s])/;

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;

/**
 * The value of a JSON text. Integers beyond ±(2^53 - 1) are bigint.
 *
 * @throws {SyntaxError} as `JSON.parse` does
 */
export function parseJson(text: string): unknown {
  return LONG_INTEGER.test(text) ? new Parser(text).parse() : JSON.parse(text);
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): unknown {
    this.#skipBlanks();
    const value = this.#value();
    if (this.#at < this.#text.length) throw this.#unexpected();
    return value;
  }

  /** Starts at a value's first character and ends behind the blanks that follow it. */
  #value(): unknown {
    const code = this.#text.charCodeAt(this.#at);
    let value: unknown;
    if (code === QUOTE) value = this.#string();
    else if (code === OPEN_BRACE) value = this.#object();
    else if (code === OPEN_BRACKET) value = this.#array();
    else value = this.#scalar();
    this.#skipBlanks();
    return value;
  }

  #object(): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    this.#step();
    if (this.#take(CLOSE_BRACE)) return object;
    do {
      if (this.#text.charCodeAt(this.#at) !== QUOTE) throw this.#unexpected();
      const key = this.#string();
      this.#skipBlanks();
      this.#demand(COLON);
      setMember(object, key, this.#value());
    } while (this.#more(CLOSE_BRACE));
    return object;
  }

  #array(): unknown[] {
    const array: unknown[] = [];
    this.#step();
    if (this.#take(CLOSE_BRACKET)) return array;
    do array.push(this.#value());
    while (this.#more(CLOSE_BRACKET));
    return array;
  }

  #string(): string {
    const start = this.#at;
    let at = start + 1;
    let plain = true;
    for (; ; at++) {
      const code = this.#text.charCodeAt(at);
      if (code === QUOTE) break;
      if (code === BACKSLASH) {
        plain = false;
        at++;
      } else if (!(code >= 0x20)) {
        this.#at = at;
        throw this.#unexpected();
      }
    }
    this.#at = at + 1;
    return plain ? this.#text.slice(start + 1, at) : (JSON.parse(this.#text.slice(start, at + 1)) as string);
  }

  #scalar(): unknown {
    for (const [word, value] of WORDS) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (match === null) throw this.#unexpected();
    this.#at = NUMBER.lastIndex;
    const value = Number(match[0]);
    const isInteger = match[1] === undefined && match[2] === undefined;
    return isInteger && !Number.isSafeInteger(value) ? BigInt(match[0]) : value;
  }

  /** After a member or element: whether another one follows. */
  #more(close: number): boolean {
    if (this.#take(COMMA)) {
      this.#skipBlanks();
      return true;
    }
    if (this.#text.charCodeAt(this.#at) !== close) throw this.#unexpected();
    this.#at++;
    return false;
  }

  #take(code: number): boolean {
    if (this.#text.charCodeAt(this.#at) !== code) return false;
    this.#at++;
    return true;
  }

  #demand(code: number): void {
    if (!this.#take(code)) throw this.#unexpected();
    this.#skipBlanks();
  }

  #step(): void {
    this.#at++;
    this.#skipBlanks();
  }

  #skipBlanks(): void {
    for (; ; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    }
  }

  #unexpected(): SyntaxError {
    const found = this.#text[this.#at];
    return new SyntaxError(
      found === undefined
        ? 'Unexpected end of JSON input'
        : `Unexpected ${JSON.stringify(found)} in JSON at position ${this.#at}`,
    );
  }
}

const WORDS = [
  ['true', true],
  ['false', false],
  ['null', null],
] as const;

/** A key named `__proto__` must become a member, not the prototype. */
function setMember(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value;
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}
