import { useCallback, useEffect, useState } from "react";
import { askJson } from "./useMarket.js";

/** Which stores answer: every look writes to each of them and reads it back. */
export function Stores() {
  const [stores, setStores] = useState([]);

  const look = useCallback(() => {
    askJson("/api/stores").then(
      (answer) => setStores(answer.stores),
      () => setStores([]),
    );
  }, []);
  useEffect(look, [look]);

  return (
    <footer data-testid="stores">
      {stores.map((store) => (
        <span key={store.role} className={store.ok ? "store ok" : "store"} title={store.error ?? store.where}>
          {store.role} in {store.kind} <small>{store.ok ? `${store.ms} ms` : "no answer"}</small>
        </span>
      ))}
      <button type="button" className="plain" onClick={look}>
        Check the stores
      </button>
    </footer>
  );
}
