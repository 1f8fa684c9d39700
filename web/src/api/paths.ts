// The server's routes as the client calls them: without the prefix that all of
// them share, and without the headers that the client itself sends.
import type { paths as Served } from './schema'

type Bare<O> = O extends { parameters: infer P } ? Omit<O, 'parameters'> & { parameters: Omit<P, 'header'> } : O

export type paths = {
  [K in keyof Served as K extends `/api${infer Path}` ? Path : never]: { [M in keyof Served[K]]: Bare<Served[K][M]> }
}
