"""Runs AWS CLI commands that JSON lines on standard input ask for, and answers each by one JSON line.

The command line client is loaded once, and every command is a process of its own, forked from here: what a user's `aws`
does, without the half second that Python takes to load it.
"""

import json
import os
import sys
import tempfile
import traceback

import awscli.clidriver

# Loaded before the first fork, for all: modules, plugins and the description of S3.
client = awscli.clidriver.create_clidriver()
client.session.get_service_model("s3")


def run(question):
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        child = os.fork()
        if child == 0:
            become(question, stdout, stderr)
        _, status = os.waitpid(child, 0)
        return {"exitCode": os.waitstatus_to_exitcode(status), "stdout": text(stdout), "stderr": text(stderr)}


def become(question, stdout, stderr):
    """Turns this process into the command; never returns."""
    code = 255
    try:
        os.dup2(stdout.fileno(), 1)
        os.dup2(stderr.fileno(), 2)
        os.chdir(question["directory"])
        # Loading the client has set where its data lies.
        environment = {"AWS_DATA_PATH": os.environ["AWS_DATA_PATH"], **question["environment"]}
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = ["aws", *question["words"]]
        code = client.main(question["words"])
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code or 0)


def text(file):
    file.seek(0)
    return file.read().decode()


for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), flush=True)
