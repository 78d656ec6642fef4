import { useState } from "react";
import { BoostStream } from "./BoostStream.jsx";
import { HypeMeterWidget } from "./HypeMeterWidget.jsx";
import { Stores } from "./Stores.jsx";
import { SymbolList } from "./SymbolList.jsx";
import { useMarket } from "./useMarket.js";

export function App() {
  const { market, error, boost } = useMarket();
  const [chosen, setChosen] = useState("OTTER");

  const listing = market?.symbols.find((each) => each.symbol === chosen);
  return (
    <main>
      <header>
        <h1 data-testid="headline">{market?.headline ?? "Opening the market…"}</h1>
        {market && (
          <p>
            The whole market is at <b data-testid="market-score">{market.score}</b>:{" "}
            <span data-testid="market-label">{market.label.toLowerCase()}</span>.
          </p>
        )}
      </header>
      {error && (
        <p className="error" role="alert" data-testid="error">
          No news from the market: {error}
        </p>
      )}
      {listing && (
        <div className="board">
          <HypeMeterWidget listing={listing} onBoost={() => boost(listing.symbol)} />
          <SymbolList symbols={market.symbols} chosen={chosen} onChoose={setChosen} />
          <BoostStream boosts={market.boosts} />
        </div>
      )}
      <Stores />
    </main>
  );
}
