import { expect, test } from "vitest";
import { parse } from "yaml";
import { obstacles, overrideText, fixedPorts, type ComposeConfig } from "../../../src/infra/own/override.ts";

const CONFIG: ComposeConfig = {
  name: "shop",
  services: {
    postgres: {
      container_name: "shop-db",
      ports: [
        { target: 5432, published: "5432", protocol: "tcp", host_ip: "127.0.0.1" },
        { target: 9000, protocol: "tcp" },
        { target: 53, published: "5000-5010", protocol: "udp" },
      ],
      environment: { POSTGRES_PASSWORD: "a$b", EMPTY: null, PGPORT: "5432" },
    },
    kafka: {
      ports: [{ target: 9092, published: "9092" }],
      environment: {
        KAFKA_ADVERTISED_LISTENERS: "HOST://localhost:9092,INNER://kafka:9093",
        PASSWORD: "x$y localhost:5432",
      },
    },
    plain: {},
  },
  volumes: { data: { name: "shop_data" }, fixed: { name: "the-data" }, theirs: { name: "x", external: true } },
  networks: { default: { name: "shop_default" }, inner: { name: "company" } },
};

const MOVED = [
  { app: "postgres", from: 5432, to: 21_450, further: true },
  { app: "kafka", from: 9092, to: 21_451, further: true },
];

test("ports that are fixed are published, ranges and free ones are left to Docker", () => {
  expect(fixedPorts(CONFIG)).toEqual([
    { service: "postgres", container: 5432, host: 5432 },
    { service: "kafka", container: 9092, host: 9092 },
  ]);
  expect(fixedPorts({})).toEqual([]);
});

test("the override moves ports and what advertises them, and frees every name that is fixed", () => {
  const text = overrideText(CONFIG, "shop-login", MOVED);
  expect(text).toContain("container_name: !reset null");
  expect(text).toContain("ports: !override [");
  const read = parse(text.replaceAll(/!(?:override|reset) /g, "")) as ComposeConfig;
  expect(read.services?.postgres?.ports).toEqual([
    { target: 5432, protocol: "tcp", published: "21450", host_ip: "127.0.0.1" },
    { target: 9000, protocol: "tcp" },
    { target: 53, protocol: "udp", published: "5000-5010" },
  ]);
  expect(read.services?.kafka?.environment).toEqual({
    KAFKA_ADVERTISED_LISTENERS: "HOST://localhost:21451,INNER://kafka:9093",
    PASSWORD: "x$$y localhost:21450",
  });
  expect(read.services?.postgres?.environment).toBeUndefined();
  expect(read.services?.plain).toBeUndefined();
  expect(read.volumes).toEqual({ fixed: { name: "shop-login_fixed" } });
  expect(read.networks).toEqual({ inner: { name: "shop-login_inner" } });
});

test("a file with nothing fixed is given a name alone", () => {
  expect(parse(overrideText({ name: "a", services: { db: {} } }, "a-b", []))).toBeNull();
});

test("what cannot run twice is named with its key", () => {
  expect(
    obstacles({
      services: { db: { network_mode: "host" }, web: { network_mode: "bridge" } },
      volumes: CONFIG.volumes!,
    }),
  ).toEqual([
    ["services.db.network_mode", "host: its ports are the machine's own"],
    ["volumes.theirs", "external: its data belongs to another project"],
  ]);
  expect(obstacles({})).toEqual([]);
});
