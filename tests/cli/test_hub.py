"""`isthmus push` and ``hf://`` places, with a local server in place of the Hugging Face Hub."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml

pytest.importorskip("huggingface_hub", reason="needs the extra hub")


class Hub(BaseHTTPRequestHandler):
    """The few requests that a push and a download make."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status=200, content=b"", **headers):
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def refused(self):
        status, code = self.server.status, self.server.code
        if status != 200:
            headers = {"X_Error_Code": code, "X_Error_Message": "no"} if code else {}
            self.answer(status, {"error": "no"}, **headers)
        return status != 200

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.refused():
            return
        self.server.tokens.add(self.headers.get("Authorization"))
        if self.path == "/api/repos/create":
            asked = json.loads(body)
            self.server.created = asked
            name = f"{asked['organization']}/{asked['name']}"
            self.answer(200, {"url": f"{self.server.place}/{name}", "name": name, "id": name})
        elif self.path.startswith("/api/validate-yaml"):
            self.answer(200, {"errors": [], "warnings": []})
        elif "/preupload/" in self.path:
            files = [
                {"path": file["path"], "uploadMode": "regular", "shouldIgnore": False}
                for file in json.loads(body)["files"]
            ]
            self.answer(200, {"files": files})
        elif "/commit/" in self.path:
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    value = line["value"]
                    self.server.files[value["path"]] = base64.b64decode(value["content"])
            self.answer(
                200,
                {
                    "commitUrl": f"{self.server.place}/user/model/commit/{self.server.commit}",
                    "commitOid": self.server.commit,
                    "success": True,
                },
            )
        else:
            self.answer(404)

    def do_GET(self):
        if self.refused():
            return None
        *_, revision, name = self.path.split("/")
        if revision not in ("main", self.server.commit):
            return self.answer(404, {"error": "no"}, X_Error_Code="RevisionNotFound")
        content = self.server.files.get(name)
        if content is None:
            headers = {"X_Error_Code": "EntryNotFound", "X_Repo_Commit": self.server.commit}
            return self.answer(404, {"error": "no"}, **headers)
        tag = f'"{hashlib.sha256(content).hexdigest()}"'
        return self.answer(200, content, ETag=tag, X_Repo_Commit=self.server.commit)

    do_HEAD = do_GET  # noqa: N815 (the name that the server calls)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    from huggingface_hub import constants

    from isthmus.artifacts import _hub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.place = f"http://127.0.0.1:{server.server_port}"
    server.files, server.tokens, server.created = {}, set(), None
    server.status, server.code, server.commit = 200, "", "0123456789abcdef" * 2 + "01234567"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    template = server.place + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "ENDPOINT", server.place)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    _hub.local_copy.cache_clear()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()
    _hub.local_copy.cache_clear()


def test_a_pushed_model_is_loaded_from_the_hub_with_the_same_codes(cli, hub, table_run, tmp_path):
    outcome = cli("push", table_run, "user/model", "--license", "apache-2.0")
    assert outcome.code == 0, outcome.err
    assert outcome.out.splitlines() == [
        f"Pushed to {hub.place}/user/model/commit/{hub.commit}.",
        "Load it with `isthmus.load('hf://user/model')`.",
    ]
    assert hub.created["name"] == "model"
    assert hub.tokens == {"Bearer hf_secret"}
    assert sorted(hub.files) == ["README.md", "model.json", "model.safetensors"]
    card = hub.files["README.md"].decode()
    front = yaml.safe_load(card.split("---\n")[1])
    assert (front["license"], front["library_name"]) == ("apache-2.0", "isthmus")
    assert "model = load('hf://user/model')" in card
    assert all(str(table_run.parent).encode() not in content for content in hub.files.values())
    rows = table_run.parent / "rows.csv"
    for run, out in ((table_run, "a.npy"), (f"hf://user/model@{hub.commit}", "b.npy")):
        outcome = cli("encode", run, rows, "-o", tmp_path / out)
        assert outcome.code == 0, outcome.err
    assert (tmp_path / "a.npy").read_bytes() == (tmp_path / "b.npy").read_bytes()
    hub.status = 503  # an earlier download serves without the Hub
    assert cli("verify", f"hf://user/model@{hub.commit}").code == 0


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (401, "RepoNotFound", "user/model does not exist on the Hub, or is private. Check its"),
        (401, "", "The Hub does not accept the token for user/model. Log in with `hf auth login`"),
        (403, "", "The token has no right to do this with user/model on the Hub. Log in with"),
        (403, "GatedRepo", "Access to user/model on the Hub is restricted. Ask for access on its"),
        (404, "RepoNotFound", "user/model does not exist on the Hub, or is private. Check its"),
        (404, "RevisionNotFound", "Revision None of user/model not found on the Hub. Check the"),
        (404, "EntryNotFound", "user/model on the Hub has no model.json and model.safetensors."),
    ],
)
def test_what_the_hub_refuses_is_one_sentence(cli, hub, status, code, message):
    hub.status, hub.code = status, code
    outcome = cli("info", "hf://user/model")
    assert outcome.code == 3, outcome.err
    assert outcome.sentence.startswith(message)


def test_a_refused_push_and_a_missing_network_are_told(cli, hub, table_run, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda seconds: None)
    hub.status = 403
    outcome = cli("push", table_run, "user/model")
    assert outcome.code == 1
    assert outcome.sentence.startswith("The token has no right to do this with user/model")
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", "http://127.0.0.1:9/{repo_id}")
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    for words, code in ((("info", "hf://user/model"), 3), (("push", table_run, "user/model"), 1)):
        outcome = cli(*words)
        assert outcome.code == code
        assert outcome.sentence.startswith("The Hub cannot be reached for user/model")


@pytest.mark.parametrize(
    "place",
    ["hf://", "hf:/", "hf://model", "hf://user/a/b", "hf://user/mo del", "hf://user/model.git",
     f"hf://user/{'a' * 5000}", f"hf://{'a' * 5000}/model", f"hf://user/model@{'a' * 5000}",
     "hf://user/model@", "hf://user/model@../main", "hf://user/model@a b"],
)  # fmt: skip
def test_other_names_are_refused(cli, place):
    outcome = cli("info", place)
    assert outcome.code == 2
    assert "is named hf://user/name" in outcome.sentence
    assert len(outcome.sentence) < 320


def test_licenses_and_repositories_have_a_form(cli, table_run):
    outcome = cli("push", table_run, "user/model", "--license", "Apache 2")
    assert (
        "--license must be an identifier of the Hugging Face Hub, such as apache-2.0"
        in outcome.sentence
    )
    assert "A model on the Hub is named hf://user" in cli("push", table_run, "model").sentence
