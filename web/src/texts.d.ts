declare module '*.json?desk' {
  const texts: Record<string, string>
  export default texts
}
declare module '*.json?rest' {
  const texts: Record<string, string>
  export default texts
}
declare module 'virtual:guides/*' {
  const guides: import('./help/outline').Outline[]
  export default guides
}
