"""A program that behaves like Terraform at its edges: a scenario instead of AWS.

It reads cdk.tf.json in the directory it runs in, keeps its state in the backend
file named there, prints the machine-readable lines that Terraform prints, and
writes down every call. FAKE_TERRAFORM names a directory; its scenario.json says
what goes wrong:

    fail     {address: message}   creating this resource fails
    hang     [address]            creating this resource lasts until SIGINT
    replace  [address]            the next plan replaces this resource
    drift    [address]            every plan changes this resource
    init     text                 init says this and fails
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

HOME = Path(os.environ["FAKE_TERRAFORM"])
SCENARIO = json.loads((HOME / "scenario.json").read_text())


def main(arguments):
    words = [one for one in arguments if not one.startswith("-")]
    with (HOME / "calls.jsonl").open("a") as file:
        call = {"stack": Path.cwd().name, "arguments": arguments, "at": time.time()}
        file.write(json.dumps(call) + "\n")
    match words[0]:
        case "version":
            tell(SCENARIO.get("version", "Terraform v1.11.4\non linux_amd64"))
        case "init":
            if text := SCENARIO.get("init"):
                sys.exit(text)
            Path(".terraform.lock.hcl").write_text("# a lock file\n")
        case "plan":
            return plan(arguments)
        case "show":
            tell(Path(words[1]).read_text())
        case "apply":
            return apply(json.loads(Path(words[1]).read_text()))
        case "output":
            values = state()["outputs"]
            tell(json.dumps({name: {"value": value} for name, value in values.items()}))
        case "state":
            if not state()["resources"]:
                sys.exit("No state file was found!")
            tell("\n".join(state()["resources"]))
    return 0


def document():
    return json.loads(Path("cdk.tf.json").read_text())


def state_file():
    return Path(document()["terraform"]["backend"]["local"]["path"])


def state():
    if state_file().exists():
        return json.loads(state_file().read_text())
    return {"resources": [], "outputs": {}}


def keep(resources, outputs):
    state_file().parent.mkdir(parents=True, exist_ok=True)
    state_file().write_text(json.dumps({"resources": resources, "outputs": outputs}))


def plan(arguments):
    for name in document().get("variable", {}):
        if f"TF_VAR_{name}" not in os.environ:
            return error(f"No value for variable {name}")
    destroy = "-destroy" in arguments
    wanted = [
        f"{kind}.{one}" for kind, group in document().get("resource", {}).items() for one in group
    ]
    if destroy:
        wanted = []
    there = state()["resources"]
    found = [(address, ["create"]) for address in wanted if address not in there]
    found += [(address, ["delete"]) for address in there if address not in wanted]
    found += [(a, ["delete", "create"]) for a in SCENARIO.get("replace", ()) if a in there]
    found += [(a, ["update"]) for a in SCENARIO.get("drift", ()) if a in there and a in wanted]
    changes = [
        {"address": address, "type": address.split(".")[0], "change": {"actions": actions}}
        for address, actions in found
    ]
    for address, actions in found:
        say("planned_change", change={"resource": {"addr": address}, "action": actions[-1]})
    for argument in arguments:
        if argument.startswith("-out="):
            text = json.dumps({"resource_changes": changes, "destroy": destroy})
            Path(argument.removeprefix("-out=")).write_text(text)
    outputs = {} if destroy else document().get("output", {})
    return 2 if changes or outputs.keys() != state()["outputs"].keys() else 0


def apply(saved):
    resources, outputs = state()["resources"], state()["outputs"]
    for one in saved["resource_changes"]:
        address, action = one["address"], one["change"]["actions"][-1]
        hook = {"resource": {"addr": address}, "action": action}
        say("apply_start", hook=hook)
        if address in SCENARIO.get("hang", ()):
            hang()
            say("apply_errored", hook=hook)
            return error("execution halted")
        time.sleep(SCENARIO.get("seconds", 0))
        if message := SCENARIO.get("fail", {}).get(address):
            say("apply_errored", hook=hook)
            return error(message, address)
        say("apply_complete", hook={**hook, "elapsed_seconds": 2})
        resources = [other for other in resources if other != address]
        resources += [] if action == "delete" else [address]
        keep(resources, outputs)
    names = [] if saved["destroy"] else document().get("output", {})
    keep(resources, {name: f"the {name}" for name in names})
    return 0


def hang():
    """Wait for SIGINT, and write down how often it came."""
    stopped = []
    signal.signal(signal.SIGINT, lambda *_: stopped.append(1))
    (HOME / "hanging").touch()
    while not stopped:
        time.sleep(0.02)
    time.sleep(0.3)
    (HOME / "interrupts").write_text(str(len(stopped)))


def tell(text):
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def say(kind, **more):
    tell(json.dumps({"type": kind, "@message": kind, **more}))


def error(summary, address=None):
    told = {"severity": "error", "summary": summary, "detail": "", "address": address}
    say("diagnostic", diagnostic=told)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
