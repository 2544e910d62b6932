"""Calls to AWS, in any account of the landing zone; the only user of botocore here.

A call goes to the account it names: with your own credentials where the config
names no role, else by assuming the role. Whatever botocore raises leaves this
module as an AwsError that says what was asked, where, why it failed and what to
do next.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import RLock
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from botocore import credentials
from botocore import exceptions as botocore
from botocore import session as core
from botocore.config import Config
from botocore.parsers import ResponseParserError

from ops.endpoint import Access, Endpoint
from ops.errors import AwsError

if TYPE_CHECKING:
    from ops.config import LandingZone

_SETTINGS = Config(
    connect_timeout=5,
    read_timeout=60,
    retries={"total_max_attempts": 4, "mode": "standard"},
)
_PATIENT = _SETTINGS.merge(
    Config(retries={"total_max_attempts": 8, "mode": "standard"}, max_pool_connections=32)
)
"""For long runs, which outlast a burst of throttling."""
_ONCE = {"total_max_attempts": 1}
_BROKEN = (botocore.HTTPClientError, botocore.ConnectionError, botocore.IncompleteReadError,
           ResponseParserError)  # fmt: skip
_RENEW_BEFORE = timedelta(minutes=10)
_CREDENTIALS_HINT = "set AWS_PROFILE or AWS_ACCESS_KEY_ID, or run `aws sso login`"
_EXPIRED = {
    "ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId",
    "UnrecognizedClientException", "SignatureDoesNotMatch",
}  # fmt: skip
_TOO_OFTEN = {"Throttling", "ThrottlingException", "TooManyRequestsException"}
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthFailure"}


@dataclass(frozen=True, slots=True)
class _Held:
    session: core.Session
    until: datetime
    """When its credentials end; far away for your own."""


class Aws:
    """The landing zone's accounts, to be called. Safe to use from several threads."""

    def __init__(self, zone: "LandingZone", endpoint: Endpoint | None = None) -> None:
        self._zone = zone
        self._endpoint = endpoint
        self._held: dict[str | None, _Held] = {}
        self._checked: set[str] = set()
        self._lock = RLock()

    def call(
        self,
        account: str,
        service: str,
        operation: str,
        *,
        region: str | None = None,
        **arguments: Any,
    ) -> dict[str, Any]:
        """Make one call in an account and return the answer; raise AwsError.

        `operation` is botocore's name of it; `region` is the home region without one.
        """
        client = self.client(account, service, region=region)
        with _explained(f"{service}:{operation} in account {account}", self._url()):
            answer: dict[str, Any] = getattr(client, operation)(**arguments)
        return answer

    def pages(
        self,
        account: str,
        service: str,
        operation: str,
        *,
        region: str | None = None,
        **arguments: Any,
    ) -> Iterator[dict[str, Any]]:
        """Yield every page of a call that has pages; raise AwsError."""
        client = self.client(account, service, region=region)
        with _explained(f"{service}:{operation} in account {account}", self._url()):
            yield from client.get_paginator(operation).paginate(**arguments)

    def client(self, account: str, service: str, *, region: str | None = None) -> Any:
        """Return a botocore client in an account; its own errors are not mapped."""
        with self._lock:
            session = self._session(account)
            return self._client(session, service, region or self._zone.regions.home)

    def check(self, account: str) -> None:
        """Raise AwsError unless calls for an account really reach that account."""
        with self._lock:
            if account in self._checked:
                return
            identity = self.call(account, "sts", "get_caller_identity")
            if identity["Account"] != account:
                raise self._wrong_account(account, identity)
            self._checked.add(account)

    def _wrong_account(self, account: str, identity: Mapping[str, Any]) -> AwsError:
        field = "deploy.role_name"
        if account == self._zone.organization.management_account:
            field = "deploy.management_role_name"
        return AwsError(
            f"Your credentials are of account {identity['Account']} ({identity['Arn']}), "
            f"but account {account} is to be reached.",
            hint=f"use credentials of account {account}, or set {field} in the config",
        )

    def _session(self, account: str) -> core.Session:
        from ops import names  # the config's parser: who only reads an archive does without

        role = names.deploy_role_arn(self._zone, account)
        held = self._held.get(role)
        if held is None or held.until - datetime.now(UTC) < _RENEW_BEFORE:
            held = self._assumed(role, account) if role else self._own()
            self._held[role] = held
        return held.session

    def _own(self) -> _Held:
        with _explained("finding your AWS credentials", self._url()):
            session = core.Session()
            if self._endpoint is not None and self._endpoint.access_key_id is not None:
                session.set_credentials(
                    self._endpoint.access_key_id, self._endpoint.secret_access_key
                )
        return _Held(session, datetime.max.replace(tzinfo=UTC))

    def _assumed(self, role: str, account: str) -> _Held:
        """Assume a role from your own credentials, for an hour (the longest when chained)."""
        from ops import names

        if None not in self._held:
            self._held[None] = self._own()
        sts = self._client(self._held[None].session, "sts", self._zone.regions.home)
        with _explained(f"assuming role {role} in account {account}", self._url()):
            answer = sts.assume_role(RoleArn=role, RoleSessionName=names.stem(self._zone))
        found = answer["Credentials"]
        session = core.Session()
        session.set_credentials(
            found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"]
        )
        return _Held(session, found["Expiration"])

    def _client(self, session: core.Session, service: str, region: str) -> Any:
        with _explained("finding your AWS credentials", self._url()):
            return session.create_client(
                service, region_name=region, endpoint_url=self._url(), config=_SETTINGS
            )

    def _url(self) -> str | None:
        return self._endpoint.url if self._endpoint else None


@contextmanager
def _explained(what: str, url: str | None) -> Iterator[None]:
    try:
        yield
    except botocore.ClientError as error:
        raise _refused(what, error) from error
    except _BROKEN as error:
        raise _unreachable(what, url, error) from error
    except botocore.BotoCoreError as error:
        raise AwsError(f"{what} failed: {error}", hint=_CREDENTIALS_HINT) from error


def _refused(what: str, error: botocore.ClientError) -> AwsError:
    told = error.response.get("Error", {})
    code = str(told.get("Code", "?"))
    why = f"{code}: {told.get('Message') or 'no reason given'}"
    if code in _EXPIRED:
        return AwsError(
            f"{what} was refused, your credentials are wrong or have expired: {why}",
            hint=_CREDENTIALS_HINT,
        )
    if code in _DENIED and error.operation_name == "AssumeRole":
        return AwsError(
            f"{what} was denied: {why}",
            hint="check that the role exists, that its trust policy names you, and "
            "deploy.role_name in the config",
        )
    if code in _DENIED:
        return AwsError(f"{what} was denied: {why}", hint="your role needs that permission")
    if code in _TOO_OFTEN:
        return AwsError(
            f"{what} was refused again and again, AWS is asked too often: {why}",
            hint="do the same again later: others who ask share the account's limit",
        )
    return AwsError(f"{what} failed: {why}")


def _unreachable(what: str, url: str | None, error: Exception) -> AwsError:
    hint = "check the network and the proxy settings"
    if url:
        hint = f"check that something serves {url}; for the lab: ops lab status"
    reason = " ".join(str(error).split())
    return AwsError(f"{what} failed, {url or 'AWS'} cannot be reached: {reason}", hint=hint)


# Reading the archive: one identity that finds its way in any account.


class Caller:
    """Calls with one identity; every error is an AwsError. Safe to use from several threads."""

    def __init__(self, access: Access) -> None:
        self._url = access.endpoint.url if access.endpoint else None
        with self.explained("finding your AWS credentials"):
            self._session = _open(access, self._url)
            self.region: str = _region(access, self._session)
        self._clients: dict[tuple[Any, ...], Any] = {}
        self._lock = RLock()

    def client(self, service: str, *, region: str | None = None, once: float | None = None) -> Any:
        """Return a botocore client; use it within `explained`.

        With `once`, seconds without a byte, it tries every call one single time.
        """
        key = (service, region or self.region, once)
        config = _PATIENT.merge(Config(read_timeout=once, retries=_ONCE)) if once else _PATIENT
        with self._lock, self.explained("finding your AWS credentials"):
            if key not in self._clients:
                self._clients[key] = self._session.create_client(
                    service, region_name=key[1], endpoint_url=self._url, config=config
                )
            return self._clients[key]

    def credentials(self) -> tuple[str, str, str | None]:
        """Return access key id, secret key and session token as they are good now."""
        with self._lock, self.explained("finding your AWS credentials"):
            found = self._session.get_credentials()
            if found is None:
                raise AwsError("No AWS credentials were found.", hint=_CREDENTIALS_HINT)
            return tuple(found.get_frozen_credentials())[:3]

    def pages(
        self, service: str, operation: str, *, region: str | None = None, **arguments: Any
    ) -> Iterator[dict[str, Any]]:
        """Yield every page of a call, or its one answer if it has no pages."""
        client = self.client(service, region=region)
        with self.explained(f"{service}:{operation}"):
            if client.can_paginate(operation):
                yield from client.get_paginator(operation).paginate(**arguments)
            else:
                yield getattr(client, operation)(**arguments)

    @contextmanager
    def explained(self, what: str) -> Iterator[None]:
        """Turn what botocore raises inside into an AwsError that says what was done."""
        with _explained(what, self._url):
            yield


def error_code(error: AwsError) -> str:
    """Return AWS's own code of a refusal, such as AccessDenied; empty without one."""
    response = getattr(error.__cause__, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def is_unanswered(error: AwsError) -> bool:
    """Whether no answer came, or none that could be read: it says nothing about the question."""
    return isinstance(error.__cause__, _BROKEN)


def _open(access: Access, url: str | None) -> core.Session:
    own = core.Session(profile=access.profile)
    if access.endpoint and access.endpoint.access_key_id:
        own.set_credentials(access.endpoint.access_key_id, access.endpoint.secret_access_key)
    if access.role_arn is None:
        return own
    source = own.get_credentials()
    if source is None:
        raise AwsError("No AWS credentials were found.", hint=_CREDENTIALS_HINT)
    region = _region(access, own)
    fetcher = credentials.AssumeRoleCredentialFetcher(
        partial(own.create_client, region_name=region, endpoint_url=url),
        source, access.role_arn, extra_args={"RoleSessionName": "atalaya"},
    )  # fmt: skip
    renewing = credentials.DeferredRefreshableCredentials(
        method="assume-role", refresh_using=fetcher.fetch_credentials
    )
    provider = SimpleNamespace(METHOD="assume-role", load=lambda: renewing)
    assumed = core.Session(profile=access.profile)
    assumed.register_component("credential_provider", credentials.CredentialResolver([provider]))
    return assumed


def _region(access: Access, session: core.Session) -> str:
    return access.region or session.get_config_variable("region") or "us-east-1"
