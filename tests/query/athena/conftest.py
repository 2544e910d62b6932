"""An emulated Athena, and ways to say what it answers."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from ops import catalog
from ops.aws import Access, Caller
from ops.config import parse
from ops.endpoint import Endpoint
from ops.query.athena import Athena, Workplace
from ops.query.model import Statement
from tests.conftest import ROOT

REGION, WORKGROUP, DATABASE = "eu-west-1", "atalaya-acme", "atalaya_acme"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ACCOUNTS, REGIONS = ("111111111111", "222222222222"), ("eu-west-1", "us-east-1")
DAYS = ("2026/11/19", "2026/11/20", "2026/11/21", "2026/11/22")
STORE = "s3://history/all"


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


LANDING_ZONE = {
    "name": "acme",
    "organization": {
        "id": "o-a1b2c3d4e5", "root_id": "r-ab12", "management_account": ACCOUNTS[0],
        "log_archive_account": ACCOUNTS[1], "audit_account": ACCOUNTS[1],
        "accounts": [{"id": one, "name": one} for one in ACCOUNTS],
    },
    "regions": {"home": REGION, "governed": list(REGIONS)},
    "trail": {"name": "trail"},
    "archive": {"bucket": "acme-logs", "expire_days": 2557},
    "analytics": {"enabled": True, "store": STORE, "usd_per_terabyte": 6.25,
              "analysts": ["arn:aws:iam::222222222222:role/Responder"]},
}  # fmt: skip
"""The landing-zone file of that Athena."""


@pytest.fixture(scope="session")
def zone():
    return parse(LANDING_ZONE, source="test")


@pytest.fixture(scope="session")
def filled(cloud, zone):
    """Tables in Glue as the stack makes them, and 100 bytes in every folder of the archive."""
    glue, s3 = cloud.client("glue"), cloud.client("s3")
    glue.create_database(DatabaseInput={"Name": DATABASE})
    for table in catalog.tables(zone):
        glue.create_table(
            DatabaseName=DATABASE,
            TableInput={
                "Name": table.name,
                "Parameters": table.parameters(),
                "PartitionKeys": [{"Name": one.name, "Type": "string"} for one in table.partitions],
                "StorageDescriptor": {
                    "Location": table.location,
                    "Columns": [{"Name": one.name, "Type": one.type} for one in table.columns],
                },
            },
        )
    where = {"LocationConstraint": REGION}
    for bucket in ("acme-logs", "history"):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
    [raw, *_] = catalog.tables(zone)
    for account in ACCOUNTS:
        for region in REGIONS:
            for day in DAYS:
                folder = raw.template.removeprefix("s3://acme-logs/")
                for name, value in (("account", account), ("family", "CloudTrail"),
                                    ("region", region), ("date", day)):  # fmt: skip
                    folder = folder.replace(f"${{{name}}}", value)
                s3.put_object(Bucket="acme-logs", Key=f"{folder}one.json.gz", Body=b"x" * 100)
                s3.put_object(
                    Bucket="acme-logs", Body=b"x" * 9,
                    Key=f"{folder}two.json.gz".replace("/CloudTrail/", "/CloudTrail-Digest/"),
                )  # fmt: skip
    for key, size in (
        ("all/day=2026-11-20/a.parquet", 1000), ("all/day=2026-11-21/a.parquet", 2000),
        ("all/day=2026-11-21/_temporary", 7), ("all/day=unknown/a.parquet", 30),
        ("all/_atalaya/manifest/a.parquet", 5),
    ):  # fmt: skip
        s3.put_object(Bucket="history", Key=key, Body=b"x" * size)
    return cloud
