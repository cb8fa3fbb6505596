"""Asks Navi Governance before a tool runs: evaluate, wait for people, redeem the permit, run, report the end.

Copy this file beside your agent. It needs Python 3.11 and httpx2 (which the OpenAI SDK, the Agents SDK and pydantic-ai
bring along), and `NAVI_URL` and `NAVI_TOKEN` (a token of role `agent`) in the environment.

    gate = Gate(describe)
    async with gate.permit("run_shell", {"command": "make test"}, call_id="1"):
        ...  # runs only with a permit that was used up for exactly this

Whatever is not a clear permission raises `Refused`, whose text is written for the agent: who refused, why, what would do
instead, and whether trying again helps. An unreachable server, a time-out and an answer that makes no sense are refusals.
It does not observe what a tool touches; `navi-gate run` does.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeGuard
from urllib.parse import quote

import httpx2

API = "/api/governance"
CALL_SECS = 10  # one ordinary call
LOOK_SECS = 25  # one look at a request that waits; the server allows 60
GRACE_SECS = 5  # the server's own word that time is over comes first
TRIES = 20

Describe = Callable[[str, Mapping[str, Any]], tuple[str, dict[str, Any]]]
log = logging.getLogger("navi_gate")


class Refused(Exception):
    """Nothing ran. `str()` of it is what the agent should read."""

    tool = "a call"

    def __init__(self, code: str, by: str, reason: str, instead: str, again: str) -> None:
        super().__init__(code, by, reason, instead, again)
        self.code, self.by, self.reason, self.instead, self.again = code, by, reason, instead, again

    def __str__(self) -> str:
        return (
            f"[navi] Not allowed, and nothing ran: {self.tool}\n"
            f"Refused by: {self.by}\nReason: {self.reason}\n"
            f"What would be acceptable: {self.instead}\nTrying again: {self.again}"
        )


class _Failed(Exception):
    """A call without the answer it should have had: none came (`away`), the server refused (its code), or nonsense."""

    def __init__(self, code: str, why: str) -> None:
        self.code = code
        super().__init__(why)

    def is_passing(self) -> bool:
        """Whether it says nothing about the action, so that asking again may help."""
        return self.code in ("away", "busy", "unavailable", "version_conflict", "frozen")


class Gate:
    """Speaks to one server, for one conversation of one agent.

    `describe(tool, args)` says what a tool does: an action type the server knows, and what belongs to it (`command`,
    `environment`, `target_files`, `repo` ...). A type that the server does not know asks a person.
    """

    def __init__(self, describe: Describe, *, wait_secs: int | None = None, session: str | None = None) -> None:
        self.url = os.environ.get("NAVI_URL", "").rstrip("/")
        self._token = os.environ.get("NAVI_TOKEN", "")
        if not self.url.startswith(("http://", "https://")) or "@" in self.url or not self._token:
            raise RuntimeError("set NAVI_URL (http:// or https://, no password) and NAVI_TOKEN (a token of role agent)")
        if not (self._token.isascii() and self._token.isprintable()) or " " in self._token:
            raise RuntimeError("NAVI_TOKEN holds characters that no token has")
        self.wait_secs = wait_secs or int(os.environ.get("NAVI_WAIT_SECS", "900"))
        self.session = session or secrets.token_hex(8)
        self._describe = describe

    def permit(self, tool: str, args: Any, *, call_id: str | None = None, session: str | None = None) -> Permit:
        """The right to run one call of a tool, as a context manager; entering it raises `Refused`, or lets run once.

        What people rejected is remembered for a session; `session` names it where a gate serves several conversations.
        """
        return Permit(self, tool, args, call_id, session or self.session)

    def _request(self, permit: Permit) -> dict[str, Any]:
        """What is asked: the arguments go along whole, as data."""
        try:
            action_type, more = self._describe(permit.tool, permit.args)
            context = {"tool": permit.tool, "args": permit.args, "cwd": os.getcwd(), "session_id": permit.session}
            request = {"action_type": action_type, "context": context | more}
            json.dumps(request, allow_nan=False)
        except Exception as error:
            raise _unavailable(f"the call could not be described ({type(error).__name__})") from error
        return request

    def _http(self) -> httpx2.AsyncClient:
        # Redirects are off: the token goes to this server alone. A plain address is asked without a proxy, and has no
        # certificate to verify.
        headers, secure = {"Authorization": f"Bearer {self._token}"}, self.url.startswith("https://")
        return httpx2.AsyncClient(
            base_url=self.url, headers=headers, follow_redirects=False, trust_env=secure, verify=secure
        )


class Permit:
    """One call of a tool. Use it once, with `async with`, or with `with` where no event loop runs."""

    def __init__(self, gate: Gate, tool: str, args: Any, call_id: str | None, session: str) -> None:
        self.gate, self.tool, self.args, self.session = gate, tool, args, session
        self.failed = False
        """Set it when the tool says so itself instead of raising."""
        self.execution_id: str | None = None
        self._call_id = call_id
        self._run_nonce = secrets.token_hex(16)
        self._waits_for: str | None = None

    async def __aenter__(self) -> Permit:
        try:
            self.execution_id = await self._obtain()
        except BaseException as error:
            if self._waits_for is not None:
                # Nobody waits any more.
                await _surely(self._withdraw(self._waits_for))
            refused = _unavailable(str(error)) if isinstance(error, _Failed) else error
            if isinstance(refused, Refused):
                refused.tool = self.tool
            raise refused from None
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if kind is None:
            status = "failed" if self.failed else "succeeded"
        else:
            # A call that was cancelled may have done all of it, or nothing.
            status = "failed" if issubclass(kind, Exception) else "unknown"
        await _surely(self._report(status))

    def __enter__(self) -> Permit:
        return asyncio.run(self.__aenter__())

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        asyncio.run(self.__aexit__(kind, error, trace))

    async def _obtain(self) -> str:
        request = self.gate._request(self)
        async with self.gate._http() as http:
            deadline = time.monotonic() + self.gate.wait_secs + GRACE_SECS
            for _ in range(TRIES):
                answer = await self._evaluate(http, request, deadline)
                decision, execution, waits = (answer.get(k) for k in ("decision", "execution_id", "approval_id"))
                if decision == "AUTO" and _is_id(execution):
                    return execution
                if decision == "BLOCKED":
                    raise _blocked(answer)
                if decision != "APPROVAL" or not _is_id(waits):
                    raise _nonsense("a decision without what belongs to it")
                permit_id = await self._wait(http, waits, deadline)
                if permit_id is not None:
                    return await self._redeem(http, request, permit_id)
        raise _ended("let go by a bypass again and again")

    async def _evaluate(self, http: httpx2.AsyncClient, request: dict[str, Any], deadline: float) -> dict[str, Any]:
        left = max(1, int(deadline - GRACE_SECS - time.monotonic()))
        asked = {**request, "start": {"run_nonce": self._run_nonce}, "expires_in_secs": left}
        if self._call_id is not None:
            asked["request_key"] = f"{self.session}:{self._call_id}"
        for _ in range(TRIES):
            try:
                return await _call(http, "POST", "/evaluate", asked)
            except _Failed as failed:
                # Others were first; nothing was done.
                if failed.code != "version_conflict":
                    raise
                await asyncio.sleep(0.05)
        return await _call(http, "POST", "/evaluate", asked)

    async def _wait(self, http: httpx2.AsyncClient, approval_id: str, deadline: float) -> str | None:
        """The permit, once people have approved; `None`: a bypass let the request go, and it has to be asked again."""
        self._waits_for, edited = approval_id, False
        while (left := deadline - time.monotonic()) > 0:
            look = max(1, min(LOOK_SECS, int(left)))
            try:
                view = await _call(http, "GET", f"/approvals/{_part(self._waits_for)}?wait={look}", secs=look + CALL_SECS)
                if view.get("status") == "pending":
                    await asyncio.sleep(0.2)
                    continue
                next_id = view.get("superseded_by") if view.get("status") == "superseded" else None
                let_go = _is_id(next_id) and next_id.startswith("bypass:")
                if _is_id(next_id) and not let_go:
                    following = await _call(http, "GET", f"/approvals/{_part(next_id)}")
                    if following.get("edited_from") == self._waits_for:
                        self._waits_for, edited = next_id, True
                        continue
            except _Failed as failed:
                if not failed.is_passing():
                    raise
                await asyncio.sleep(1)
                continue
            if edited or view.get("status") != "approved":
                self._waits_for = None
            return None if let_go else _permit(view, edited)
        raise _expired()

    async def _redeem(self, http: httpx2.AsyncClient, request: dict[str, Any], permit_id: str) -> str:
        asked = {**request, "permit_id": permit_id, "run_nonce": self._run_nonce}
        deadline = time.monotonic() + 60
        while True:
            try:
                # The nonce makes a repeat harmless: the same run, never a second one.
                execution = (await _call(http, "POST", "/executions", asked)).get("id")
            except _Failed as failed:
                if not failed.is_passing() or time.monotonic() > deadline:
                    raise
                await asyncio.sleep(1)
                continue
            if not _is_id(execution):
                raise _nonsense("a run without an id")
            self._waits_for = None
            return execution

    async def _withdraw(self, approval_id: str) -> None:
        if why := await self._tell("DELETE", f"/approvals/{_part(approval_id)}"):
            log.warning("request %s could not be withdrawn; it expires by itself: %s", approval_id, why)

    async def _report(self, status: str) -> None:
        if why := await self._tell("PATCH", f"/executions/{_part(self.execution_id or '')}", {"status": status}):
            # The tool has run: its result still counts. The server calls the run unknown when its lease is over.
            log.warning("the end of run %s could not be reported: %s", self.execution_id, why)

    async def _tell(self, method: str, path: str, body: object = None) -> _Failed | None:
        """Says it again where that may help; gives why the server has not heard it."""
        why: _Failed | None = None
        async with self.gate._http() as http:
            for pause in (0, 0.2, 1, 3):
                await asyncio.sleep(pause)
                try:
                    await _call(http, method, path, body)
                    return None
                except _Failed as failed:
                    why = failed
                    if not failed.is_passing():
                        break
        return why


async def _surely(work: Coroutine[Any, Any, None]) -> None:
    """On a thread: a task that is cancelled, even twice, and a loop that ends do not stop it there."""
    await asyncio.shield(asyncio.get_running_loop().run_in_executor(None, asyncio.run, work))


async def _call(
    http: httpx2.AsyncClient, method: str, path: str, body: object = None, *, secs: float = CALL_SECS
) -> dict[str, Any]:
    try:
        async with asyncio.timeout(secs):
            answer = await http.request(method, API + path, json=body, timeout=secs)
    except (TimeoutError, httpx2.HTTPError) as error:
        raise _Failed("away", f"{http.base_url} does not answer ({type(error).__name__})") from None
    try:
        said = answer.json()
    except (ValueError, RecursionError):
        said = None
    if answer.is_success and isinstance(said, dict):
        return said
    if answer.is_error and isinstance(said, dict) and isinstance(said.get("code"), str):
        raise _Failed(said["code"], f"{said.get('detail') or said.get('title')} ({said['code']})")
    if answer.status_code in (502, 503, 504):
        raise _Failed("away", f"what answers at {http.base_url} says {answer.status_code}")
    raise _nonsense(f"status {answer.status_code} without what belongs to it")


def _is_id(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value != ""


def _part(text: str) -> str:
    return quote(text, safe="")


def _permit(view: dict[str, Any], edited: bool) -> str:
    """The permit of a request that has ended, or why there is none."""
    status, permit = view.get("status"), view.get("permit")
    if status == "approved" and edited:
        raise _edited(view)
    permit_id = permit.get("id") if isinstance(permit, dict) else None
    if status == "approved" and _is_id(permit_id):
        return permit_id
    if status == "rejected":
        raise _rejected(view)
    if status == "expired":
        raise _expired()
    if status in ("superseded", "cancelled"):
        raise _ended(str(status))
    raise _nonsense("a request that ended without what belongs to it")


def _blocked(answer: dict[str, Any]) -> Refused:
    reasons = [str(r) for r in answer.get("reasons") or []]
    instead = [str(g["instead"]) for g in answer.get("guardrails") or [] if isinstance(g, dict) and g.get("instead")]
    return Refused(
        "blocked",
        f"the policy blocks this, by its rule {answer.get('rule') or 'without a name'}",
        "; ".join(reasons) or "none was given",
        "; ".join(instead) or "a way that does not need this, or what your user decides",
        "pointless, also in another form",
    )


def _rejected(view: dict[str, Any]) -> Refused:
    votes = [v for v in view.get("votes") or [] if isinstance(v, dict) and v.get("verdict") == "reject"]
    vote = votes[-1] if votes else {}
    return Refused(
        "rejected",
        f"a person ({vote.get('user') or 'unnamed'})",
        str(vote.get("reason") or "none was given"),
        "something else that answers the reason",
        "pointless unchanged, people are not asked about it again",
    )


def _edited(view: dict[str, Any]) -> Refused:
    material = view.get("material")
    parts = material if isinstance(material, dict) else {}
    what = parts.get("command") or json.dumps(parts.get("args") or parts.get("files") or view.get("title"))
    return Refused(
        "edited", "a person, who changed it", "approved with changes", f"ask for this instead: {what}",
        "pointless unchanged, only the changed form was approved",
    )


def _expired() -> Refused:
    return Refused(
        "expired", "nobody", "nobody decided in time", "something that needs no approval", "later, if it is still needed"
    )


def _ended(status: str) -> Refused:
    return Refused("ended", "nobody", f"the request was {status}", "asking anew", "only if it is still needed")


def _nonsense(what: str) -> _Failed:
    return _Failed("nonsense", f"its answer makes no sense: {what}")


def _unavailable(why: str) -> Refused:
    return Refused(
        "unavailable", "the gate", f"the oversight server could not decide: {why}",
        "Nothing may run until it answers", "later",
    )
