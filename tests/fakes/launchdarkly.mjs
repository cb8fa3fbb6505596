// The part of LaunchDarkly's REST API that a rollback uses: one flag, read and changed by semantic patches. It refuses what
// the real one refuses: a wrong token, a patch without the semantic content type, an unknown environment or instruction.
import http from "node:http";
import { writeFileSync } from "node:fs";

const [, , stateFile] = process.argv;
const environment = { on: false, fallthrough: { variation: 0 }, offVariation: 1, rules: [], targets: [], prerequisites: [], _version: 1 };
const flag = {
  key: "checkout", kind: "boolean",
  variations: [{ _id: "id-true", value: true }, { _id: "id-false", value: false }],
  environments: { staging: environment },
};
const at = (id) => flag.variations.findIndex((variation) => variation._id === id);

const instructions = {
  turnFlagOn: () => { environment.on = true; },
  turnFlagOff: () => { environment.on = false; },
  updateOffVariation: ({ variationId }) => { environment.offVariation = at(variationId); },
  updateFallthroughVariationOrRollout: ({ variationId, rolloutWeights }) => {
    environment.fallthrough = rolloutWeights === undefined
      ? { variation: at(variationId) }
      : { rollout: { variations: Object.entries(rolloutWeights).map(([id, weight]) => ({ variation: at(id), weight })) } };
  },
};

function answer(response, status, body) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function patch(response, type, body) {
  if (!type.includes("domain-model=launchdarkly.semanticpatch")) return answer(response, 400, { message: "not a semantic patch" });
  const { environmentKey, instructions: list } = JSON.parse(body);
  if (flag.environments[environmentKey] === undefined) return answer(response, 404, { message: "unknown environment" });
  for (const instruction of list) {
    if (instructions[instruction.kind] === undefined) return answer(response, 400, { message: `unknown ${instruction.kind}` });
    if (instruction.variationId !== undefined && at(instruction.variationId) < 0) return answer(response, 400, { message: "unknown variation" });
  }
  for (const instruction of list) instructions[instruction.kind](instruction);
  environment._version += 1;
  writeFileSync(stateFile, JSON.stringify(environment));
  return answer(response, 200, flag);
}

const server = http.createServer((request, response) => {
  let body = "";
  request.on("data", (part) => { body += part; });
  request.on("end", () => {
    const url = new URL(request.url, "http://localhost");
    if (request.headers.authorization !== "api-secret") return answer(response, 401, { message: "invalid access token" });
    if (url.pathname !== "/api/v2/flags/shop/checkout") return answer(response, 404, { message: "unknown flag" });
    if (request.method === "GET") return answer(response, 200, flag);
    if (request.method === "PATCH") return patch(response, request.headers["content-type"] ?? "", body);
    return answer(response, 405, { message: "method not allowed" });
  });
});
server.listen(0, "127.0.0.1", () => {
  writeFileSync(stateFile, JSON.stringify(environment));
  console.log(JSON.stringify({ port: server.address().port }));
});
