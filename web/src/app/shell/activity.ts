// When somebody last touched keyboard, mouse or screen.
let last = Date.now()
for (const event of ['pointerdown', 'keydown', 'wheel', 'touchstart']) {
  window.addEventListener(event, () => { last = Date.now() }, { passive: true, capture: true })
}

/** Whether nobody has touched anything for ms. */
export function isIdle(ms: number): boolean { return Date.now() - last > ms }
