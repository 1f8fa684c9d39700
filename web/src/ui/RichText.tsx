/** A body as its author formatted it. The server has cleaned the HTML before it was stored. */
export function RichText({ html }: { html: string }) {
  return <div className="rich" dangerouslySetInnerHTML={{ __html: html }} />
}
