/**
 * Takes passwords out of a text before a person or a log sees it: the password of a URI, and what follows `password=`,
 * `token:` and the like.
 */
export function maskSecrets(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*):[^\s/@]+@/gi, '$1:***@')
    .replace(
      /\b([a-z0-9_-]*(?:password|passwd|secret|token|credential|api[_-]?key|access[_-]?key))(["']?\s*[=:]\s*["']?)(?!\*\*\*)[^\s"'&;,]+/gi,
      '$1$2***',
    );
}
