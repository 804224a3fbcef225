"""Does with boto3 what JSON lines on standard input ask, and answers each by one JSON line on standard output.

A question names what to do, the endpoint, region and keys to do it with, and its input. An answer is `{"output": ..}`,
or `{"refused": {"status": .., "code": ..}}` where the provider said no, or `{"error": ".."}` for anything else.
"""

import base64
import datetime
import io
import json
import sys
import urllib.error
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.response import StreamingBody

clients = {}


def client_of(question):
    keys = question["keys"]
    name = (question["endpoint"], keys["accessKeyId"], keys["secretAccessKey"])
    if name not in clients:
        clients[name] = boto3.client(
            "s3",
            endpoint_url=question["endpoint"],
            region_name=question["region"],
            aws_access_key_id=keys["accessKeyId"],
            aws_secret_access_key=keys["secretAccessKey"],
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, signature_version="s3v4"),
        )
    return clients[name]


def bytes_of(body):
    return (body["text"] * body["times"]).encode()


def call(client, operation, given):
    if "Body" in given:
        given = {**given, "Body": bytes_of(given["Body"])}
    output = getattr(client, xform_name(operation))(**given)
    return {name: plain(value) for name, value in output.items() if name != "ResponseMetadata"}


def upload(client, given):
    """The transfer manager: in parts from 5 MiB on."""
    config = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20, use_threads=given["threads"])
    client.upload_fileobj(io.BytesIO(bytes_of(given["Body"])), given["Bucket"], given["Key"], Config=config)
    return {}


def download(client, given):
    target = io.BytesIO()
    client.download_fileobj(given["Bucket"], given["Key"], target)
    return {"ContentLength": len(target.getvalue())}


def copy(client, given):
    """The transfer manager's copy: asks the size of the source, then copies."""
    client.copy(given["CopySource"], given["Bucket"], given["Key"])
    return {}


def paginate(client, given):
    pages = list(client.get_paginator("list_objects_v2").paginate(**given, PaginationConfig={"PageSize": 1}))
    return {"pages": len(pages), "keys": sum(len(page.get("Contents", [])) for page in pages)}


def wait(client, given):
    waiter = given.pop("waiter")
    client.get_waiter(waiter).wait(**given, WaiterConfig={"Delay": 1, "MaxAttempts": 1})
    return {}


def presigned(client, given):
    """Opens a presigned URL as a browser would, without credentials."""
    operation, seconds = given.pop("operation"), given.pop("seconds")
    body = bytes_of(given.pop("Body")) if "Body" in given else None
    url = client.generate_presigned_url(operation, Params=given, ExpiresIn=seconds)
    return fetch(urllib.request.Request(url, data=body, method="GET" if body is None else "PUT"))


def presigned_post(client, given):
    """Sends the form that a page with this policy would send."""
    post = client.generate_presigned_post(
        given["Bucket"], given["Key"], Conditions=[["content-length-range", 0, given["bytesMax"]]], ExpiresIn=300
    )
    boundary = "conformance"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in post["fields"].items()
    ]
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
        f'{bytes_of(given["Body"]).decode()}\r\n--{boundary}--\r\n'
    )
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return fetch(urllib.request.Request(post["url"], data="".join(parts).encode(), headers=headers, method="POST"))


class Unsigned(Exception):
    def __init__(self, status, code):
        super().__init__(code)
        self.status = status
        self.code = code


def fetch(request):
    try:
        with urllib.request.urlopen(request) as answer:
            return {"status": answer.status, "Body": answer.read().decode()}
    except urllib.error.HTTPError as error:
        _, _, rest = error.read().decode().partition("<Code>")
        raise Unsigned(error.code, rest.partition("</Code>")[0])


helpers = {
    "upload_fileobj": upload,
    "download_fileobj": download,
    "copy": copy,
    "paginate": paginate,
    "wait": wait,
    "generate_presigned_url": presigned,
    "generate_presigned_post": presigned_post,
}


def plain(value):
    if isinstance(value, StreamingBody):
        return value.read().decode()
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def answer(question):
    try:
        client, operation, given = client_of(question), question["operation"], question["input"]
        helper = helpers.get(operation)
        return {"output": call(client, operation, given) if helper is None else helper(client, given)}
    except ClientError as error:
        return {
            "refused": {
                "status": error.response.get("ResponseMetadata", {}).get("HTTPStatusCode"),
                "code": error.response.get("Error", {}).get("Code"),
            }
        }
    except Unsigned as error:
        return {"refused": {"status": error.status, "code": error.code}}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
