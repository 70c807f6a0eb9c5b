"""Every address the client libraries ask for, and what the Hub answers there."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlencode

from double import card
from double.answers import Answer, Refused, Request, as_json, stretch
from double.blobs import is_large, pointer_oid
from double.repository import MAIN, Commit, File, PullRequest, Repository

if TYPE_CHECKING:
    from double.hub import Account, Double

REPO = r"/api/datasets/(?P<repo>[^/]+/[^/]+)"
POINTER = 130
"""Bytes of a pointer to a file outside git, about."""

Handler = Callable[..., Answer]
ROUTES: list[tuple[str, re.Pattern[str], Handler]] = []


def route(methods: str, path: str) -> Callable[[Handler], Handler]:
    """Answer requests whose method is among these and whose quoted path is such."""

    def add(handler: Handler) -> Handler:
        ROUTES.extend((method, re.compile(path), handler) for method in methods.split())
        return handler

    return add


def answer(double: Double, request: Request) -> Answer:
    """What the Hub says to a request. Raises Refused where it says no."""
    for method, path, handler in ROUTES:
        match = path.fullmatch(request.path)
        if match is None or method != request.method:
            continue
        words = {name: unquote(word) for name, word in match.groupdict().items() if word}
        return handler(Visit(double, request), **words)
    raise Refused(404, f"Sorry, we can't find the page {request.path}.")


class Visit:
    """One request at the double, and who makes it."""

    def __init__(self, double: Double, request: Request) -> None:
        self.double = double
        self.request = request

    @property
    def account(self) -> Account | None:
        """Whose token came along; refuses a token nobody has."""
        token = self.request.bearer
        if token is not None and token not in self.double.accounts:
            raise Refused(401, "Invalid credentials in Authorization header")
        return self.double.accounts[token] if token else None

    def user(self) -> Account:
        """Who it is; refuses who does not say."""
        if (account := self.account) is None:
            raise Refused(401, "Invalid username or password.")
        return account

    def open(self, repo: str, *, content: bool = False) -> Repository:
        """A repository to look at; with `content` it must not be gated for this account."""
        found, account = self.double.repositories.get(repo), self.account
        if found is None or (found.private and not (account and found.namespace in account.read)):
            raise Refused(404 if account else 401, "Repository not found", "RepoNotFound")
        inside = account and (account.user in found.admitted or found.namespace in account.read)
        if content and found.gated and not inside:
            told = (
                f"Access to dataset {repo} is restricted. You must be authenticated to access it."
            )
            raise Refused(403 if account else 401, told, "GatedRepo")
        return found

    def write(self, repo: str) -> Repository:
        """A repository to change, or to open a pull request in: anyone may who may write somewhere."""
        account, found = self.user(), self.open(repo)
        if found.namespace not in account.write and not (
            self.request.asks("create_pr") and account.write
        ):
            told = "Forbidden: you must use a write token to upload to a repository"
            raise Refused(403, told)
        return found

    def store(self, repo: str) -> Repository:
        """A repository to store contents for, which no commit needs to hold."""
        account, found = self.user(), self.open(repo)
        if not account.write:
            raise Refused(403, "Forbidden: you must use a write token to upload to a repository")
        return found

    def commit(self, repo: Repository, revision: str) -> Commit:
        """What a revision names."""
        found = repo.find(revision)
        if found is None:
            raise Refused(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        return found


# Accounts and repositories


@route("GET", "/api/whoami-v2")
def whoami(visit: Visit) -> Answer:
    account = visit.user()
    names = sorted((account.read | account.write) - {account.user})
    token = {"displayName": "test", "role": account.role}
    return as_json(
        {
            "type": "user",
            "name": account.user,
            "fullname": account.user,
            "orgs": [{"type": "org", "name": name, "roleInOrg": "write"} for name in names],
            "auth": {"type": "access_token", "accessToken": token},
        }
    )


@route("POST", "/api/repos/create")
def create(visit: Visit) -> Answer:
    account, asked = visit.user(), visit.request.json
    repo = f"{asked.get('organization') or account.user}/{asked['name']}"
    namespace = repo.partition("/")[0]
    if namespace not in account.write:
        told = f'You don\'t have the rights to create a dataset under the namespace "{namespace}"'
        raise Refused(403, told)
    url = {"url": f"{visit.double.endpoint}/datasets/{repo}", "name": repo}
    with visit.double.lock:
        if repo in visit.double.repositories:
            told = "You already created this dataset repo"
            return as_json(url | {"error": told}, 409, {"X-Error-Message": told})
        private = asked.get("visibility") == "private" or bool(asked.get("private"))
        visit.double.create(repo, private=private)
    return as_json(url)


@route("DELETE", "/api/repos/delete")
def delete(visit: Visit) -> Answer:
    asked = visit.request.json
    repo = visit.write(f"{asked.get('organization') or visit.user().user}/{asked['name']}")
    del visit.double.repositories[repo.id]
    return as_json({})


@route("PUT", f"{REPO}/settings")
def settings(visit: Visit, repo: str) -> Answer:
    found, asked = visit.write(repo), visit.request.json
    found.private = bool(asked.get("private", asked.get("visibility") == "private"))
    found.gated = asked.get("gated", found.gated)
    return as_json({"private": found.private})


@route("GET", f"{REPO}/auth-check(?P<write>/write)?")
def auth_check(visit: Visit, repo: str, write: str = "") -> Answer:
    if write:
        visit.write(repo)
    visit.open(repo, content=True)
    return as_json({})


@route("POST", "/api/validate-yaml")
def validate_yaml(visit: Visit) -> Answer:
    errors = card.mistakes(visit.request.json["content"])
    told = {"errors": [{"message": error} for error in errors], "warnings": []}
    return as_json(told, 400 if errors else 200)


# Looking at a repository


@route("GET", f"{REPO}(/revision/(?P<revision>[^/]+))?")
def info(visit: Visit, repo: str, revision: str = MAIN) -> Answer:
    found = visit.open(repo)
    commit = visit.commit(found, revision)
    blobs = visit.request.asks("blobs")
    readme = commit.files.get("README.md")
    text = visit.double.content(readme).read_text("utf-8") if readme else ""
    return as_json(
        {
            "_id": "0" * 24,
            "id": repo,
            "author": found.namespace,
            "sha": commit.id,
            "private": found.private,
            "gated": found.gated,
            "disabled": False,
            "downloads": 0,
            "likes": 0,
            "tags": [],
            "createdAt": found.head.history()[-1].date,
            "lastModified": commit.date,
            "cardData": card.metadata(text),
            "siblings": [
                {"rfilename": path} | (_sizes(file) if blobs else {})
                for path, file in sorted(commit.files.items())
            ],
        }
    )


def _sizes(file: File) -> dict[str, Any]:
    lfs = {"sha256": file.sha256, "size": file.size, "pointerSize": POINTER}
    return {"blobId": file.oid, "size": file.size} | ({"lfs": lfs} if file.is_lfs else {})


def _entry(path: str, file: File | None, commit: Commit, *, expand: bool) -> dict[str, Any]:
    """A file as a listing tells it; a folder where there is no file."""
    entry: dict[str, Any] = {"type": "directory", "oid": commit.id, "size": 0, "path": path}
    if file is not None:
        entry |= {"type": "file", "oid": file.oid, "size": file.size}
    if file is not None and file.is_lfs:
        entry["lfs"] = {"oid": file.sha256, "size": file.size, "pointerSize": POINTER}
    if file is not None and file.xet:
        entry["xetHash"] = file.xet
    if expand:
        entry["lastCommit"] = {"id": commit.id, "title": commit.title, "date": commit.date}
    return entry


def _folders(paths: Iterable[str]) -> set[str]:
    """All folders above files."""
    parts = [path.split("/") for path in paths]
    return {"/".join(words[:depth]) for words in parts for depth in range(1, len(words))}


@route("GET", f"{REPO}/tree/(?P<revision>[^/]+)(/(?P<folder>.+))?")
def tree(visit: Visit, repo: str, revision: str, folder: str = "") -> Answer:
    request, commit = visit.request, visit.commit(visit.open(repo), revision)
    below = folder.rstrip("/") + "/" if folder else ""
    entries = dict.fromkeys(_folders(commit.files)) | dict(commit.files)
    listed = [
        (path, file)
        for path, file in sorted(entries.items())
        if path.startswith(below)
        and (request.asks("recursive") or "/" not in path.removeprefix(below))
    ]
    if folder and not listed:
        raise Refused(404, f"{folder} does not exist on {revision}", "EntryNotFound")
    start = int(request.query.get("cursor", ["0"])[0])
    size = min(visit.double.page, 50 if request.asks("expand") else 1000)
    page = [
        _entry(path, file, commit, expand=request.asks("expand"))
        for path, file in listed[start : start + size]
    ]
    headers: dict[str, str] = {}
    if start + size < len(listed):
        asked = {name: values[0] for name, values in request.query.items()}
        following = urlencode(asked | {"cursor": str(start + size)})
        headers["Link"] = f'<{request.here}{request.path}?{following}>; rel="next"'
    return as_json(page, 200, headers)


@route("POST", f"{REPO}/paths-info/(?P<revision>[^/]+)")
def paths_info(visit: Visit, repo: str, revision: str) -> Answer:
    commit = visit.commit(visit.open(repo), revision)
    asked = parse_qs(visit.request.body.decode())
    entries = dict.fromkeys(_folders(commit.files)) | dict(commit.files)
    expand = asked.get("expand", [""])[0].lower() == "true"
    paths = [path.strip("/") for path in asked.get("paths", [])]
    found = [path for path in dict.fromkeys(paths) if path in entries]
    return as_json([_entry(path, entries[path], commit, expand=expand) for path in found])


@route("GET", f"{REPO}/commits/(?P<revision>[^/]+)")
def commits(visit: Visit, repo: str, revision: str) -> Answer:
    history = visit.commit(visit.open(repo), revision).history()
    return as_json(
        [
            {
                "id": one.id,
                "title": one.title,
                "message": "",
                "date": one.date,
                "authors": [{"user": one.author}],
            }
            for one in history
        ]
    )


# Refs and discussions


@route("GET", f"{REPO}/refs")
def refs(visit: Visit, repo: str) -> Answer:
    found = visit.open(repo)
    heads = {n: c for n, c in found.branches.items() if not n.startswith("refs/")}
    requests = {n: c for n, c in found.branches.items() if n.startswith("refs/pr/")}
    converts = {n: c for n, c in found.branches.items() if n.startswith("refs/convert/")}
    told = {
        "branches": _refs(heads, "refs/heads/"),
        "converts": _refs(converts, ""),
        "tags": _refs(found.tags, "refs/tags/"),
    }
    if visit.request.asks("include_prs"):
        told["pullRequests"] = _refs(requests, "")
    return as_json(told)


def _refs(refs: dict[str, Commit], prefix: str) -> list[dict[str, str]]:
    return [
        {"name": name.removeprefix("refs/convert/"), "ref": prefix + name, "targetCommit": c.id}
        for name, c in refs.items()
    ]


@route("POST DELETE", f"{REPO}/branch/(?P<branch>[^/]+)")
def branch(visit: Visit, repo: str, branch: str) -> Answer:
    found = visit.write(repo)
    if visit.request.method == "DELETE":
        if branch == MAIN or found.branches.pop(branch, None) is None:
            raise Refused(403 if branch == MAIN else 404, f"Cannot delete branch {branch}")
        return as_json({})
    if branch.startswith("refs/"):
        raise Refused(400, f"Invalid reference for a branch: {branch}")
    if branch in found.branches:
        raise Refused(409, f"Reference already exists: {branch}")
    start = visit.commit(found, visit.request.json.get("startingPoint", MAIN))
    found.branches[branch] = start
    return as_json({})


@route("POST DELETE", f"{REPO}/tag/(?P<name>[^/]+)")
def tag(visit: Visit, repo: str, name: str) -> Answer:
    found = visit.write(repo)
    if visit.request.method == "DELETE":
        found.tags.pop(name, None)
        return as_json({})
    commit, tagged = visit.commit(found, name), visit.request.json["tag"]
    if tagged in found.tags:
        raise Refused(409, f"Tag reference exists already: {tagged}")
    found.tags[tagged] = commit
    return as_json({})


@route("GET POST", f"{REPO}/discussions")
def discussions(visit: Visit, repo: str) -> Answer:
    found = visit.open(repo)
    if visit.request.method == "POST":
        asked = visit.request.json
        is_request = bool(asked.get("pullRequest"))
        made = _open_request(found, asked["title"], visit.user().user, is_request, found.head)
        return as_json({"num": made.number})
    kind = visit.request.query.get("type", ["all"])[0]
    wanted = [one for one in found.discussions if kind != "pull_request" or one.base]
    told = [_discussion(found, one) for one in wanted]
    return as_json({"discussions": told, "count": len(told), "start": 0})


def _open_request(
    repo: Repository, title: str, author: str, is_request: bool, base: Commit
) -> PullRequest:
    number = len(repo.discussions) + 1
    made = PullRequest(number, title, author, base.id if is_request else None)
    repo.discussions.append(made)
    if is_request:
        repo.branches[made.ref] = base
    return made


def _discussion(repo: Repository, one: PullRequest) -> dict[str, Any]:
    return {
        "num": one.number,
        "title": one.title,
        "author": {"name": one.author},
        "createdAt": repo.head.date,
        "status": one.status,
        "repo": {"name": repo.id, "type": "dataset"},
        "isPullRequest": one.base is not None,
        "changes": {"base": "refs/heads/main", "mergeCommitId": one.merged_as},
        "filesWithConflicts": [],
        "events": [],
        "diff": "",
    }


@route("GET", f"{REPO}/discussions/(?P<number>[0-9]+)")
def discussion(visit: Visit, repo: str, number: str) -> Answer:
    found = visit.open(repo)
    return as_json(_discussion(found, found.discussions[int(number) - 1]))


@route("POST", f"{REPO}/discussions/(?P<number>[0-9]+)/(?P<change>merge|status)")
def change_discussion(visit: Visit, repo: str, number: str, change: str) -> Answer:
    found = visit.write(repo)
    one = found.discussions[int(number) - 1]
    if change == "merge":
        found.merge(one, visit.user().user)
    else:
        one.status = visit.request.json["status"]
    event = {"id": "0", "type": "status-change", "createdAt": found.head.date}
    return as_json({"newStatus": event | {"data": {"status": one.status}}})


# Downloads


@route("GET HEAD", r"(?:/datasets)?/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<path>.+)")
def resolve(visit: Visit, repo: str, revision: str, path: str) -> Answer:
    double = visit.double
    commit = visit.commit(visit.open(repo, content=True), revision)
    file = commit.files.get(path)
    if file is None:
        told = f"{path} does not exist on {revision}"
        raise Refused(404, told, "EntryNotFound", X_Repo_Commit=commit.id)
    headers = {
        "X-Repo-Commit": commit.id,
        "Accept-Ranges": "bytes",
        "ETag": f'"{file.sha256 if file.is_lfs else file.oid}"',
    }
    if not file.is_lfs:
        return _stretch(visit.request, file, double, headers)
    headers |= {"X-Linked-Size": str(file.size), "X-Linked-Etag": f'"{file.sha256}"'}
    if file.xet is not None:
        token = f"{double.endpoint}/api/datasets/{repo}/xet-read-token/{commit.id}"
        headers |= {"X-Xet-Hash": file.xet, "X-Xet-Refresh-Route": token}
    signed = urlencode({"X-Amz-Signature": "0" * 16, "repo": repo, "path": path})
    address = f"{double.elsewhere}/cdn/{commit.id}?{signed}"
    return Answer(302, headers | {"Location": address})


@route("GET HEAD", r"/cdn/(?P<commit>[0-9a-f]+)")
def download(visit: Visit, commit: str) -> Answer:
    _refuse_tokens(visit.request)
    query = visit.request.query
    repo = visit.double.repositories[query["repo"][0]]
    file = repo.commits[commit].files[query["path"][0]]
    headers = {"Accept-Ranges": "bytes", "ETag": f'"{file.sha256}"'}
    return _stretch(visit.request, file, visit.double, headers)


def _stretch(request: Request, file: File, double: Double, headers: dict[str, str]) -> Answer:
    status, start, length = stretch(request, file.size)
    if status == 206:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{file.size}"
    return Answer(status, headers, b"", double.content(file), start, length)


def _refuse_tokens(request: Request) -> None:
    """A signed address takes no token: one that comes along has been leaked."""
    if request.bearer is not None:
        raise Refused(400, "Only one auth mechanism allowed")


# Uploads


@route("POST", f"{REPO}/preupload/(?P<revision>[^/]+)")
def preupload(visit: Visit, repo: str, revision: str) -> Answer:
    found = visit.write(repo)
    files = visit.commit(found, revision).files
    return as_json({"files": [_preupload(one, files) for one in visit.request.json["files"]]})


def _preupload(asked: dict[str, Any], files: Any) -> dict[str, Any]:
    path = asked["path"]
    mode = "lfs" if is_large(path, asked["size"]) else "regular"
    told = {"path": path, "uploadMode": mode, "shouldIgnore": False}
    there = files.get(path)
    if there is not None and there.is_lfs == (mode == "lfs"):
        told["oid"] = there.sha256 if there.is_lfs else there.oid
    return told


@route("POST", r"/datasets/(?P<repo>[^/]+/[^/]+)\.git/info/lfs/objects/batch")
def lfs_batch(visit: Visit, repo: str) -> Answer:
    visit.store(repo)
    objects = [_lfs_object(visit, repo, asked) for asked in visit.request.json["objects"]]
    return as_json({"transfer": "basic", "objects": objects})


def _lfs_object(visit: Visit, repo: str, asked: dict[str, Any]) -> dict[str, Any]:
    double, oid, size = visit.double, asked["oid"], asked["size"]
    told: dict[str, Any] = {"oid": oid, "size": size}
    if oid in double.blobs and oid in visit.open(repo).objects:
        return told
    address = f"{double.elsewhere}/upload/{oid}"
    upload: dict[str, Any] = {"href": f"{address}?X-Amz-Signature=0", "header": {}}
    if size > double.part:
        count = -(-size // double.part)
        parts = {str(n): f"{address}/{n}?X-Amz-Signature=0" for n in range(1, count + 1)}
        upload["header"] = {"chunk_size": str(double.part)} | parts
    verify = f"{double.endpoint}/datasets/{repo}.git/info/lfs/verify"
    return told | {"actions": {"upload": upload, "verify": {"href": verify, "header": {}}}}


@route("PUT", r"/upload/(?P<oid>[0-9a-f]{64})(/(?P<part>[0-9]+))?")
def upload(visit: Visit, oid: str, part: str = "") -> Answer:
    _refuse_tokens(visit.request)
    content = visit.request.body
    if part:
        with visit.double.lock:
            visit.double.parts.setdefault(oid, {})[int(part)] = content
        return Answer(200, {"ETag": f'"{part}"'})
    return _uploaded(visit, oid, content)


@route("POST", r"/upload/(?P<oid>[0-9a-f]{64})")
def complete(visit: Visit, oid: str) -> Answer:
    parts = visit.double.parts.pop(oid, {})
    wanted = [part["partNumber"] for part in visit.request.json["parts"]]
    return _uploaded(visit, oid, b"".join(parts[number] for number in wanted))


def _uploaded(visit: Visit, oid: str, content: bytes) -> Answer:
    import hashlib

    if hashlib.sha256(content).hexdigest() != oid:
        raise Refused(400, "The Content-SHA256 you specified did not match what we received")
    visit.double.blobs.add(content)
    return as_json({})


@route("POST", r"/datasets/(?P<repo>[^/]+/[^/]+)\.git/info/lfs/verify")
def verify(visit: Visit, repo: str) -> Answer:
    found, oid = visit.store(repo), visit.request.json["oid"]
    if oid not in visit.double.blobs:
        raise Refused(404, f"Object {oid} does not exist")
    found.objects.add(oid)
    return as_json({})


@route("GET", f"{REPO}/xet-(?P<kind>read|write)-token/(?P<revision>[^/]+)")
def xet_token(visit: Visit, repo: str, kind: str, revision: str) -> Answer:
    _ = visit.write(repo) if kind == "write" else visit.open(repo, content=True)
    store, token, ends = (
        visit.double.xet.open(write=kind == "write"),
        f"xet_{kind}",
        int(time.time()) + 3600,
    )
    headers = {
        "X-Xet-Cas-Url": store,
        "X-Xet-Token-Expiration": str(ends),
        "X-Xet-Access-Token": token,
    }
    return as_json({"casUrl": store, "exp": ends, "accessToken": token}, 200, headers)


@route("POST", f"{REPO}/commit/(?P<revision>[^/]+)")
def commit(visit: Visit, repo: str, revision: str) -> Answer:
    double, found, account = visit.double, visit.write(repo), visit.user()
    lines = [json.loads(line) for line in visit.request.body.splitlines()]
    header = lines[0]["value"]
    with double.lock:
        parent = visit.commit(found, revision)
        told = header.get("parentCommit")
        as_request = visit.request.asks("create_pr")
        if told and told != parent.id and not as_request:
            raise Refused(412, "A commit has happened since. Please refresh and try again.")
        if told:
            parent = visit.commit(found, told)
        files = _changed(double, parent, lines[1:])
        request = None
        if as_request:
            request = _open_request(found, header["summary"], account.user, True, parent)
        ref = request.ref if request else revision
        made = found.commit(ref, files, header["summary"], account.user, parent)
    url = f"{double.endpoint}/datasets/{repo}"
    return as_json(
        {
            "success": True,
            "commitOid": made.id,
            "commitUrl": f"{url}/commit/{made.id}",
            "hookOutput": "",
            "pullRequestUrl": request and f"{url}/discussions/{request.number}",
        }
    )


def _changed(double: Double, parent: Commit, lines: Sequence[Any]) -> dict[str, File]:
    """The files of a commit after its operations."""
    files = dict(parent.files)
    for line in lines:
        told = line["value"]
        path = told["path"]
        match line["key"]:
            case "file":
                files[path] = double.keep(base64.b64decode(told["content"]))
            case "lfsFile":
                files[path] = _lfs_file(double, told["oid"])
            case "deletedFile":
                if files.pop(path, None) is None:
                    raise Refused(404, "A file with this name doesn't exist", "EntryNotFound")
            case "deletedFolder":
                gone = [name for name in files if name.startswith(path.rstrip("/") + "/")]
                for name in gone:
                    del files[name]
            case key:
                raise Refused(400, f"Unknown operation {quote(key)}")
    return files


def _lfs_file(double: Double, oid: str) -> File:
    xet = double.xet.adopt(oid)
    if oid not in double.blobs:
        if xet is None:
            raise Refused(400, "Your push was rejected because an LFS pointer points to no file")
        double.blobs.add(double.xet.read(xet))
    size = double.blobs.path(oid).stat().st_size
    return File(oid, size, pointer_oid(oid, size), is_lfs=True, xet=xet)
