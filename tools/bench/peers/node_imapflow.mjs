// imapflow: OPERATION PORT CERTIFICATE EXPECTED OCTETS.
import { ImapFlow } from "imapflow";

const [operation, port, , expected] = process.argv.slice(2);
const client = new ImapFlow({
  host: "127.0.0.1",
  port: Number(port),
  secure: false,
  doSTARTTLS: false,
  auth: { user: "demo", pass: "demo" },
  logger: false,
  socketTimeout: 600000,
});
const query = {
  flags: { uid: true, flags: true },
  envelopes: { uid: true, envelope: true },
  structures: { uid: true, bodyStructure: true },
  bodies: { uid: true, source: true },
  body: { uid: true, source: true },
};
await client.connect();
await client.mailboxOpen("INBOX");
const start = process.hrtime.bigint();
const before = process.cpuUsage();
let count = 0;
if (operation === "nothing") {
  count = Number(expected);
} else if (operation === "search") {
  count = (await client.search({ all: true }, { uid: true })).length;
} else if (operation === "list") {
  count = (await client.list()).length;
} else {
  for await (const row of client.fetch("1:*", query[operation], { uid: true })) {
    count += operation.startsWith("bod") ? row.source.length : 1;
  }
}
const used = process.cpuUsage(before);
console.log("cpu", (used.user + used.system) / 1e6);
console.log("wall", Number(process.hrtime.bigint() - start) / 1e9);
if (count !== Number(expected)) {
  console.error(`wrong: ${count} of ${expected}`);
  process.exit(1);
}
await client.logout();
process.exit(0);
