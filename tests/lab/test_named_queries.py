import pytest
from botocore.exceptions import ClientError

from tests.lab.conftest import AUDIT


def test_a_saved_query_is_deleted_once_and_only_once(cloud):
    athena = cloud.account(AUDIT).client("athena")
    made = athena.create_named_query(Name="n", Database="d", QueryString="SELECT 1")["NamedQueryId"]
    athena.delete_named_query(NamedQueryId=made)
    assert athena.list_named_queries()["NamedQueryIds"] == []
    with pytest.raises(ClientError) as failed:
        athena.delete_named_query(NamedQueryId=made)
    assert failed.value.response["Error"]["Code"] == "InvalidRequestException"
