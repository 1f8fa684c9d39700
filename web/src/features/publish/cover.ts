/** Where an item's picture is to be had. */
export const coverHref = (item: { id: string }) => `/api/publish/items/${item.id}/cover`

const EDGE = 1600 // pixels: what the widest page shows
const SMALL = 600_000 // bytes: not worth the trouble

/** How large a picture of w × h is drawn so that neither side is longer than the edge. */
export function within(w: number, h: number, edge = EDGE): { w: number; h: number } {
  const by = Math.min(1, edge / Math.max(w, h, 1))
  return { w: Math.max(1, Math.round(w * by)), h: Math.max(1, Math.round(h * by)) }
}

/**
 * A photo as a page needs it, not as the camera took it: lists show twenty at once. What is small, moves or cannot
 * be read here goes as it is; the server judges it.
 */
export async function shrink(file: File): Promise<File> {
  if (file.size <= SMALL || file.type === 'image/gif') return file
  try {
    const picture = await createImageBitmap(file)
    const { w, h } = within(picture.width, picture.height)
    const canvas = Object.assign(document.createElement('canvas'), { width: w, height: h })
    const pen = canvas.getContext('2d')
    if (!pen) return file
    pen.fillStyle = '#fff' // a JPEG has nothing to see through
    pen.fillRect(0, 0, w, h)
    pen.drawImage(picture, 0, 0, w, h)
    picture.close()
    const blob = await new Promise<Blob | null>((done) => { canvas.toBlob(done, 'image/jpeg', 0.85) })
    return blob && blob.size < file.size ? new File([blob], `${file.name.replace(/\.[^.]+$/, '')}.jpg`, { type: 'image/jpeg' }) : file
  } catch {
    return file
  }
}
