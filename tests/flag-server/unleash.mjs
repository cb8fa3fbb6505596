// A real Unleash server on loopback. It takes a folder with PostgreSQL's socket, a database and a port (0: any), and says
// its port in one line when it answers. Its only admin token is `*:*.navi-admin`.
import { start } from "unleash-server";

const [, , host, database, port] = process.argv;
const admin = { tokenName: "admin", type: "admin", environment: "*", projects: ["*"], secret: "*:*.navi-admin" };
const { server } = await start({
  db: { host, port: 5432, user: "navi", password: "not-asked-for", database, ssl: false },
  server: { host: "127.0.0.1", port: Number(port), gracefulShutdownEnable: false },
  authentication: { initApiTokens: [admin] },
  versionCheck: { enable: false },
  telemetry: false,
  disableScheduler: true,
});
console.log(JSON.stringify({ port: server.address().port }));
