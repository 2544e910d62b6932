"""The mutations themselves: complete, different from the original, and leaving it alone."""

import copy

from .mutations import mutants

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "One",
            "Effect": "Allow",
            "Principal": {"AWS": ["a", "b"]},
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": ["arn:aws:s3:::logs", "arn:aws:s3:::logs/x/*"],
            "Condition": {
                "StringEquals": {"k": ["1", "2"], "l": "3"},
                "BoolIfExists": {"m": "false"},
                "ArnLike": {"n": "arn:aws:iam::*:role/x"},
            },
        }
    ],
}


def test_every_element_of_a_statement_is_changed_once():
    assert [change for change, _ in mutants(POLICY, "arn:aws:s3:::logs")] == [
        "One is missing",
        "One: is Deny",
        "One: is for everyone",
        "One: forgets a",
        "One: forgets b",
        "One: forgets s3:GetObject",
        "One: s3:GetObject becomes s3:*",
        "One: forgets s3:PutObject",
        "One: s3:PutObject becomes s3:*",
        "One: forgets arn:aws:s3:::logs",
        "One: forgets arn:aws:s3:::logs/x/*",
        "One: arn:aws:s3:::logs/x/* becomes arn:aws:s3:::logs/*",
        "One: asks nothing of k (StringEquals)",
        "One: forgets 1 of k",
        "One: forgets 2 of k",
        "One: asks nothing of l (StringEquals)",
        "One: asks nothing of m (BoolIfExists)",
        "One: BoolIfExists of m becomes Bool",
        "One: asks nothing of n (ArnLike)",
        "One: n may be anything",
    ]


def test_a_mutant_differs_from_its_policy_and_leaves_it_as_it_was():
    before = copy.deepcopy(POLICY)
    assert all(policy != POLICY for _, policy in mutants(POLICY, "*"))
    assert before == POLICY


def test_a_change_of_one_value_keeps_the_other_conditions():
    made = dict(mutants(POLICY, None))
    condition = made["One: forgets 1 of k"]["Statement"][0]["Condition"]
    assert condition == {
        "StringEquals": {"k": ["2"], "l": "3"},
        "BoolIfExists": {"m": "false"},
        "ArnLike": {"n": "arn:aws:iam::*:role/x"},
    }
    condition = made["One: asks nothing of l (StringEquals)"]["Statement"][0]["Condition"]
    assert condition["StringEquals"] == {"k": ["1", "2"]}
