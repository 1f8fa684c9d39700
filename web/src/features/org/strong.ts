/** Whether a password has eight characters with letters, digits and specials (R248). The server decides; this only saves a round trip. */
export function strong(password: string): boolean {
  return [...password].length >= 8 && /\p{L}/u.test(password) && /\p{N}/u.test(password) && /[^\p{L}\p{N}\s]/u.test(password)
}
