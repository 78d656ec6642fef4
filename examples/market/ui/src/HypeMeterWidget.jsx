import { useState } from "react";

const TITLE = "Hype meter";

/** Edit this while the page is open: the new look is there at once, and the boosts you gave are still counted. */
export function HypeMeterWidget({ listing, onBoost }) {
  const [boosts, setBoosts] = useState(0);

  function boost() {
    setBoosts(boosts + 1);
    onBoost();
  }

  return (
    <section className="card meter" data-testid="hype-meter">
      <h2 data-testid="hype-title">{TITLE}</h2>
      <Dial score={listing.score} />
      <p className="score">
        <strong data-testid="hype-score">{listing.score}</strong>
        <span data-testid="hype-label">{listing.label}</span>
      </p>
      <p className="name">{listing.name}</p>
      <button type="button" onClick={boost} data-testid="boost">
        Boost {listing.symbol}
      </button>
      <p className="quiet">
        Boosts from you: <b data-testid="boost-count">{boosts}</b>
      </p>
    </section>
  );
}

const TICKS = Array.from({ length: 41 }, (_, index) => index / 40);

/** A half circle of ticks, lit up to the score. */
function Dial({ score }) {
  return (
    <svg className="dial" viewBox="-110 -110 220 118" role="img" aria-label={`${score} of 100`}>
      {TICKS.map((share) => (
        <line
          key={share}
          x1="-102"
          x2={share % 0.25 === 0 ? -76 : -82}
          transform={`rotate(${share * 180})`}
          className={share * 100 <= score ? "lit" : ""}
          style={{ "--hue": 265 + share * 130 }}
        />
      ))}
      <path className="needle" d="M-66 0 L0 -4 A4 4 0 0 1 0 4 Z" style={{ rotate: `${score * 1.8}deg` }} />
    </svg>
  );
}
