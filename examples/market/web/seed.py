"""What a new market holds. The stores take it over at their first use; as often as one likes: python -m web.seed"""

from __future__ import annotations

LISTINGS = [
    ("OTTER", "Otter Robotics", 128.40),
    ("MOSS", "Moss & Lichen Co.", 42.15),
    ("COMET", "Comet Freight", 310.00),
    ("KETTLE", "Kettle Cloud", 77.80),
    ("ZEBRA", "Zebra Crossing AI", 199.99),
    ("PLUM", "Plum Orchards", 18.25),
]

FANS = [
    ("Newsletter", "OTTER", 6),
    ("Newsletter", "ZEBRA", 9),
    ("Group chat", "ZEBRA", 8),
    ("Group chat", "COMET", 5),
    ("Grandmother", "PLUM", 7),
    ("Grandmother", "KETTLE", 3),
    ("Forum", "MOSS", 2),
    ("Forum", "OTTER", 5),
    ("Radio", "COMET", 4),
]


def main() -> None:
    import os

    from web.stores import open_stores

    for role, store in open_stores(os.environ).by_role().items():
        store.seed()
        print(f"{role}: seeded in {store.kind} ({store.where})")


if __name__ == "__main__":
    main()
