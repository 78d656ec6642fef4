import { useCallback, useEffect, useState } from "react";

/** What the backend says, asked for again and again. The last good answer stays while there is an error. */
export function useMarket(everyMs = 500) {
  const [market, setMarket] = useState(null);
  const [error, setError] = useState(null);

  useEffect(() => {
    let timer;
    let over = false;
    async function ask() {
      try {
        const answer = await askJson("/api/hype");
        if (!over) setMarket(answer);
        if (!over) setError(null);
      } catch (reason) {
        if (!over) setError(reason.message);
      }
      if (!over) timer = setTimeout(ask, everyMs);
    }
    ask();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [everyMs]);

  const boost = useCallback(async (symbol) => {
    try {
      setMarket(await askJson(`/api/boosts/${symbol}`, { method: "POST" }));
    } catch (reason) {
      setError(reason.message);
    }
  }, []);

  return { market, error, boost };
}

export async function askJson(path, options) {
  const response = await fetch(path, options);
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.error ?? `the backend answered ${response.status}`);
  return body;
}
