#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Holds what the program prints as JSON against the schemas in data/schemas.

   validate.py PROGRAM SOURCE_DIRECTORY

Every schema must itself be valid, must be used, and must refuse a key that it does not name: a new key of the output fails here until
the schema describes it.
"""
import copy
import json
import os
import shlex
import subprocess
import sys
import tempfile

try:
    from jsonschema import Draft202012Validator
except ImportError:
    sys.exit(77)  # skipped: python3-jsonschema is not installed

program, source = sys.argv[1:3]
folder = os.path.join(source, "data", "schemas")
failures = 0


def fail(what, why):
    global failures
    failures += 1
    print(f"FAILED: {what}: {why}")


def objects(value):
    """Every object within."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner)


def load(name):
    with open(os.path.join(folder, name + ".json"), encoding="utf-8") as f:
        schema = json.load(f)
    Draft202012Validator.check_schema(schema)
    for part in objects(schema):
        if "properties" in part and "additionalProperties" not in part and part.get("type") == "object":
            fail(name, f"an object of any keys: {list(part['properties'])}")
    return Draft202012Validator(schema)


schemas = {name[:-5]: load(name[:-5]) for name in sorted(os.listdir(folder))}
used = set()


# Objects with keys of the user's choice: more of them are allowed.
def is_open(schema, value):
    return schema == "slab" and "object_size" in value


def check(what, name, document, thorough):
    used.add(name)
    validator = schemas[name]
    for error in list(validator.iter_errors(document))[:3]:
        fail(what, f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")
    if not thorough:
        return
    # Each kind of object, told by its keys, with one key too many.
    kinds = {}
    for found in objects(document):
        kinds.setdefault(tuple(found), found)
    for keys, found in kinds.items():
        if is_open(name, found):
            continue
        found["no such key"] = 0
        if validator.is_valid(document):
            fail(what, f"the schema takes any key beside {keys}")
        del found["no such key"]
    if "schema" in document:
        broken = copy.copy(document)
        del broken["schema"]
        if validator.is_valid(broken):
            fail(what, "the schema takes an object without its own name")


def run(command, statuses=(0,), stdin=None):
    done = subprocess.run([program] + shlex.split(command), input=stdin, capture_output=True, text=True, cwd=work)
    if done.returncode not in statuses:
        fail(command, f"status {done.returncode}: {done.stderr[:300]}")
        return None
    return done.stdout


seen = set()


def document(command, statuses=(0,)):
    text = run(command, statuses)
    if text is None:
        return
    value = json.loads(text)
    name, version = value["schema"].removeprefix("zonecalc.").split("/")
    if version != "1":
        fail(command, f"schema {value['schema']}")
    check(command, name, value, name not in seen)
    seen.add(name)


def lines(command):
    text = run(command)
    for line in (text or "").splitlines():
        check(command, "alloc", json.loads(line), True)


with tempfile.TemporaryDirectory() as work:
    boards = json.loads(run("boards --json"))["boards"]
    for board in boards:
        name = board["name"]
        document(f"run {name} --format json")
        document(f"run {name} --format zones --json --columns +RANGE,ESTIMATE,FREE,MIN,LOW,HIGH")
    # One board of each architecture for what takes longer.
    by_arch = {board["arch"]: board["name"] for board in boards}
    for arch, name in by_arch.items():
        for until in ("memblock", "zones", "buddy"):
            document(f"run {name} --until {until} --format json")
        document(f"run {name} --append 'kernelcore=40% slub_debug=FZPU mminit_loglevel=4' --format json")
        document(f"explain {name} --format json")
        document(f"compare {name} --append movablecore=25% --fail-on 'zone:Movable.present < 64GiB' --format json", (0, 1))
        document(f"sweep {name} --vary kernelcore=10%..90%/20% --vary movable_node --format json")
        document(f"solve {name} --want 'movable >= 25%' --format json", (0, 1))
        document(f"map {name} --append movablecore=25% --compare --format json")
    document("explain qemu-pc-2node --step build_all_zonelists --format json")
    document("run qemu-pc-4g --append mem=1M --format json")
    document("map server-8s-hotplug --format json")
    document("map samsung-smdk5420 --range 0x20000000..0x21c00000 --format json")
    document("compare qemu-pc-4g qemu-q35-8g --format json", (1,))
    document("sweep qemu-pc-4g --vary mem=1M,1G --figure /cmdline --figure warnings --json")
    document("solve qemu-pc-4g --want 'movable >= 64GiB' --format json", (1,))
    document("solve qemu-pc-4g --candidate movable_node --candidate kernelcore=1G --want 'movable >= 1GiB' --format json")
    document("check " + " ".join(board["name"] for board in boards) + " --format json", (0, 1))
    document("check qemu-pc-4g missing.toml --format json", (2,))
    example = shlex.quote(os.path.join(source, "examples", "two-node-server.toml"))
    document(f"check {example} --append movablecore=10G --format json", (1,))
    document(f"compare {example} --append movablecore=60G --format json", (1,))
    logs = os.path.join(source, "tests", "truth", "logs")
    for log in sorted(os.listdir(logs)):
        if log.endswith(".log"):
            document(f"verify {shlex.quote(os.path.join(logs, log))} --format json", (0, 1))
    with open(os.path.join(work, "empty.log"), "w", encoding="utf-8") as f:
        f.write("nothing\n")
    document(f"verify empty.log {shlex.quote(os.path.join(logs, log if log.endswith('.log') else log[:-4] + '.log'))} --format json", (2,))
    document("boards --json --columns +MEMORY,CPUS,CMDLINE,FILE")
    document("kernels --json --columns +VERSION,PAGE_SIZE,MAX_ORDER,PAGEBLOCK_ORDER,ZONES,SOURCE")
    document("slab 8 192 1G --kernel 6.1-x86_64 --cpus 8 --json")
    document("slab 8 192 --kernel 7.1-arm64 --cpus 8 --json")
    with open(os.path.join(work, "sizes.tsv"), "w", encoding="utf-8") as f:
        f.write("name\tobject_size\talign\tmine\nfilp\t232\t64\tx\nhuge\t1073741824\t\t\n")
    document("slab --batch sizes.tsv --kernel 6.1-x86_64 --cpus 8 --json")
    with open(os.path.join(work, "script"), "w", encoding="utf-8") as f:
        for request in (
            {"op": "alloc", "id": "a0", "order": 0, "gfp": "GFP_KERNEL"},
            {"op": "bulk", "id": "b0", "gfp": "GFP_KERNEL", "count": 3},
            {"op": "free", "id": "a0"},
            {"op": "alloc", "id": "a1", "order": 10, "gfp": "GFP_DMA|__GFP_NORETRY"},
            {"op": "alloc", "id": "a2", "order": 10, "gfp": "GFP_DMA|__GFP_NORETRY"},
            {"op": "alloc", "id": "a3", "order": 10, "gfp": "GFP_DMA|__GFP_NORETRY"},
            {"op": "step", "to": "init_per_zone_wmark_min"},
        ):
            f.write(json.dumps(request) + "\n")
    lines("alloc qemu-q35-8g --script script")

for name in sorted(set(schemas) - used):
    fail(name, "no output was held against this schema")
sys.exit(1 if failures else 0)
