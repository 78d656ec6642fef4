/** An app's address: in a tab of its own, as the page is what one comes back to. */
export const AppLink = ({ url }: { url: string }) => (
  <a href={url} target="_blank" rel="noreferrer">
    {url}
  </a>
);
