"""Decides requests with moto's own enforcement of identity policies: one JSON document a line in, `allowed` or `refused` a line out."""

import json
import sys

from moto.iam.access_control import IAMRequest


class Refused(Exception):
    pass


class Holder:
    """Stands for moto's user: it has the policies that the line gives."""

    arn = "arn:aws:iam::123456789012:user/ann"

    def __init__(self, documents):
        self.documents = documents

    def collect_policies(self):
        return [{"policy_document": document} for document in self.documents]


class Request(IAMRequest):
    """moto's request, made without HTTP."""

    def __init__(self, asked):
        self._access_key = Holder(asked["policies"])
        self._action = asked["action"]

    def _raise_access_denied(self):
        raise Refused()


for line in sys.stdin:
    asked = json.loads(line)
    try:
        Request(asked).check_action_permitted(asked["resource"])
        print("allowed")
    except Refused:
        print("refused")
