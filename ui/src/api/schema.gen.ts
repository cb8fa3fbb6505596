// Replaced by `npm run generate` from crates/navi-server/openapi.json.
export interface components {
  schemas: {
    Factor: { name: string; contribution: number; reason: string; evidence: string[] };
    PermitView: { id: string; status: string; expires_at: number };
    VoteView: { user: string; verdict: string; surface: string; reason: string; at: number };
    ApprovalView: {
      id: string; version: number; status: string; action_id: string; requester: string; agent?: string | null;
      title: string; one_line?: string | null; material: unknown; claims: unknown; level: string; risk_score: number;
      reasons: string[]; rule: string; factors: components["schemas"]["Factor"][]; policy: string; digest: string;
      policy_hash: string; quorum: number; votes: components["schemas"]["VoteView"][]; needs_step_up: boolean;
      deciders: string[]; created_at: number; expires_at: number; ended_at?: number | null;
      superseded_by?: string | null; permit?: components["schemas"]["PermitView"] | null; server_time: number;
    };
    VoteRequest: { vote: string; signature: string; reason?: string; reason_nonce: string };
    VoteResponse: { approval: components["schemas"]["ApprovalView"]; ledger_index: number };
    DeviceView: {
      id: string; user: string; name: string; class: string; shared: boolean; vote_key: string;
      step_up_key?: string | null; ceiling: string; last_seq: number; enrolled_at: number;
      confirmed_at?: number | null; revoked_at?: number | null;
    };
    SessionView: {
      org: string; user: string; role: string; agent?: string | null; device?: components["schemas"]["DeviceView"] | null;
      origin: string; ledger_vkey: string; server_time: number;
    };
    EnrollRequest: {
      invite: string; name: string; class: string; shared?: boolean; vote_key: string; step_up_key?: string | null;
      proof: string; step_up_proof?: string | null;
    };
    EnrollResponse: {
      device: components["schemas"]["DeviceView"]; token: string; org: string; role: string; origin: string; ledger_vkey: string;
    };
    Page_ApprovalView: {
      items: components["schemas"]["ApprovalView"][]; next_cursor?: string | null; as_of: string; server_time: number;
    };
    Problem: {
      type: string; title: string; status: number; code: string; detail?: string | null; request_id?: string | null;
    };
  };
}
type Json<T> = { content: { "application/json": T } };
type Fails = { content: { "application/problem+json": components["schemas"]["Problem"] } };
export interface paths {
  "/api/governance/approvals": {
    get: {
      parameters: { query?: { status?: string; limit?: number; cursor?: string } };
      responses: { 200: Json<components["schemas"]["Page_ApprovalView"]>; default: Fails };
    };
  };
  "/api/governance/approvals/{id}": {
    get: { parameters: { path: { id: string } }; responses: { 200: Json<components["schemas"]["ApprovalView"]>; default: Fails } };
    post: {
      parameters: { path: { id: string }; header?: { "Idempotency-Key"?: string } };
      requestBody: Json<components["schemas"]["VoteRequest"]>;
      responses: { 200: Json<components["schemas"]["VoteResponse"]>; default: Fails };
    };
  };
  "/api/governance/session": {
    get: { responses: { 200: Json<components["schemas"]["SessionView"]>; default: Fails } };
  };
  "/api/governance/devices": {
    post: {
      requestBody: Json<components["schemas"]["EnrollRequest"]>;
      responses: { 201: Json<components["schemas"]["EnrollResponse"]>; default: Fails };
    };
  };
}
