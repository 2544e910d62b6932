"""Who asks in which account: your own credentials, or a role that they may assume."""

from collections.abc import Mapping
from threading import Lock

from ops import cloudtrail
from ops.aws import Caller
from ops.endpoint import Access, Endpoint
from ops.errors import AwsError


class Callers:
    """A caller for each account, found when it is needed; safe to use from several threads."""

    def __init__(
        self,
        roles: Mapping[str, str | None],
        *,
        region: str | None = None,
        endpoint: Endpoint | None = None,
    ) -> None:
        """Remember each account's role; None stands for your own credentials."""
        self._roles = roles
        self._region, self._endpoint = region, endpoint
        self._locks = {account: Lock() for account in roles}
        self._found: dict[str, Caller] = {}

    def of(self, account: str) -> Caller:
        """Return the caller of an account; raise AwsError if it is of another one.

        What another account remembers must not be taken for this one's.
        """
        with self._locks[account]:
            if account not in self._found:
                access = Access(
                    role_arn=self._roles[account], region=self._region, endpoint=self._endpoint
                )
                caller = Caller(access)
                arn = cloudtrail.caller_arn(caller)
                if account_of(arn) != account:
                    raise AwsError(
                        f"Your credentials are of account {account_of(arn)} ({arn}), and account "
                        f"{account} is to be asked.",
                        hint="use credentials of that account, or name a role there: --role",
                    )
                self._found[account] = caller
            return self._found[account]


def account_of(arn: str) -> str:
    """Return the account of an ARN."""
    return arn.split(":")[4]
