/** UTF-8; or UTF-16 where its byte order mark says so, as the redirections of Windows PowerShell write it (`pip freeze > requirements.txt`). */
export function decodeText(content: Buffer): string {
  const [first, second] = content;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(content);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(content);
  return content.toString("utf8");
}
