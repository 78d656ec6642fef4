export function BoostStream({ boosts }) {
  return (
    <section className="card stream">
      <h2>Latest boosts</h2>
      {boosts.length === 0 && <p className="quiet">None yet. Somebody has to start.</p>}
      <ol data-testid="boost-stream">
        {boosts.map((boost) => (
          <li key={boost.at}>
            <b>{boost.symbol}</b>{" "}
            <time>{new Date(boost.at * 1000).toLocaleTimeString([], { timeStyle: "medium" })}</time>
          </li>
        ))}
      </ol>
    </section>
  );
}
