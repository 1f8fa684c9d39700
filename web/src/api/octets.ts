/** What a request sends whose body is a file as it is, which the typed client does not speak. */
export const octets = (file: Blob, headers: Record<string, string> = {}) => ({
  body: file as never, bodySerializer: (b: unknown) => b as Blob, headers: { ...headers, 'Content-Type': 'application/octet-stream' },
})
