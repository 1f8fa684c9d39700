const NAMES: [RegExp, string][] = [
  [/MicroMessenger|wxwork/i, '微信/企业微信'], [/Edg\//, 'Edge'], [/Firefox\//, 'Firefox'], [/Chrome\//, 'Chrome'], [/Safari\//, 'Safari'],
]
const SYSTEMS: [RegExp, string][] = [
  [/Windows/, 'Windows'], [/iPhone|iPad/, 'iOS'], [/Android/, 'Android'], [/Mac OS X/, 'macOS'], [/Linux|X11/, 'Linux'],
]

/** The browser and system that a User-Agent names, in two words. */
export function browserOf(agent: string): string {
  const find = (list: [RegExp, string][]) => list.find(([re]) => re.test(agent))?.[1]
  return [find(NAMES), find(SYSTEMS)].filter(Boolean).join(' · ') || agent.slice(0, 40)
}
