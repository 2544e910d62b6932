"""An emulated Athena, and ways to say what it answers."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from ops.aws import Access, Caller
from ops.endpoint import Endpoint
from ops.query.athena import Athena, Workplace
from ops.query.model import Statement
from tests.conftest import ROOT

REGION, WORKGROUP, DATABASE = "eu-west-1", "atalaya-acme", "atalaya_acme"


@dataclass
class Cloud:
    """The emulator: a caller of it, boto3 clients, and the results it will give."""

    url: str
    said: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    @property
    def caller(self) -> Caller:
        return Caller(Access(region=REGION, endpoint=Endpoint(self.url, "mock", "mock")))

    def client(self, service: str) -> Any:
        return self.caller.client(service)

    def engine(self, **more: Any) -> Athena:
        self.said.clear()
        self.slept.clear()
        place = Workplace(more.pop("workgroup", WORKGROUP), DATABASE)
        waits = {"tell": self.said.append, "say": self.said.append, "sleep": self.slept.append}
        return Athena(self.caller, place, **{**waits, **more})

    def will_answer(self, columns: dict[str, str], rows: list[list[str | None]]) -> None:
        """Queue the result of the next query: AWS puts the columns' names before the rows."""
        cells = [list(columns), *rows]
        result = {
            "rows": [{"Data": [{} if one is None else {"VarCharValue": one} for one in row]}
                     for row in cells],
            "column_info": [{"Name": name, "Type": kind} for name, kind in columns.items()],
        }  # fmt: skip
        body = json.dumps({"region": REGION, "results": [result]}).encode()
        request = urllib.request.Request(
            f"{self.url}/moto-api/static/athena/query-results", data=body, method="POST",
            headers={"Content-Type": "application/json"},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 201

    def executions(self) -> dict[str, dict[str, Any]]:
        athena = self.client("athena")
        ids = athena.list_query_executions(WorkGroup=WORKGROUP)["QueryExecutionIds"]
        return {one: athena.get_query_execution(QueryExecutionId=one)["QueryExecution"]
                for one in ids}  # fmt: skip


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    read, write = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.query.athena.emulator", str(write)],
        cwd=ROOT, pass_fds=[write], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    try:
        with os.fdopen(read) as ready:
            url = ready.readline().strip()
        assert url
        yield url
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="session")
def cloud(served: str) -> Cloud:
    made = Cloud(served)
    made.client("athena").create_work_group(
        Name=WORKGROUP, Configuration={"BytesScannedCutoffPerQuery": 50_000_000}
    )
    return made


def statement(text: str, *positional: str) -> Statement:
    return Statement(text, {}, positional)
