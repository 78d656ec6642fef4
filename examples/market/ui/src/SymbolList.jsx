export function SymbolList({ symbols, chosen, onChoose }) {
  return (
    <section className="card list">
      <h2>Traded today</h2>
      <ul className="symbols">
        {symbols.map((each) => (
          <li key={each.symbol}>
            <button
              type="button"
              className="symbol"
              aria-pressed={each.symbol === chosen}
              onClick={() => onChoose(each.symbol)}
              data-testid={`symbol-${each.symbol}`}
            >
              <b>{each.symbol}</b>
              <span className="price">{each.price.toFixed(2)}</span>
              <span className={each.change < 0 ? "change down" : "change up"}>{signed(each.change)} %</span>
              <span className="bar" style={{ "--share": each.score / 100 }} title={`hype ${each.score}`} />
              <span className="fans">{each.fans.map((fan) => fan.fan).join(", ") || "no fans yet"}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function signed(number) {
  return `${number < 0 ? "−" : "+"}${Math.abs(number).toFixed(2)}`;
}
