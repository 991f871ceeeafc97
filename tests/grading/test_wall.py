"""From inside a submission: nothing of the tests, the host, or the others; and no forged value counts."""

import json
import os
import secrets
from pathlib import Path

import pytest
from harness import GOOD_DOUBLE, GOOD_SQUARE, Grade, question, scores

INIT = "import otter\ngrader = otter.Notebook('small.ipynb')"
# Walks everything a Python process can see: objects, memory, files. The patterns must not match themselves.
SEARCH = """
import itertools, os, re
def everywhere(*patterns):
    search = [re.compile(pattern).search for pattern in patterns]  # one by one: each is fast by its first letters
    found = []
    with open('/proc/self/maps') as maps, open('/proc/self/mem', 'rb') as memory:
        for line in maps:
            start, end = (int(x, 16) for x in line.split()[0].split('-'))
            if 'r' not in line.split()[1] or '/' in line:
                continue
            for at in range(start, end, 2**20):
                try:
                    memory.seek(at)
                    data = memory.read(min(2**20 + 64, end - at))
                except (OSError, ValueError, OverflowError):
                    break
                found += [line.strip() for found_in in search if found_in(data)]
    for root, folders, files in itertools.chain(os.walk('/dev/shm'), os.walk('/')):
        if root in ('/proc', '/usr', '/dev') or root.endswith('site-packages') or '/lib/python' in root:
            folders.clear()
            continue
        for name in files:
            try:
                with open(os.path.join(root, name), 'rb') as file:
                    data = file.read(10**6)
            except OSError:
                continue
            found += [os.path.join(root, name) for found_in in search if found_in(data)]
    return found
"""
HIDDEN_TEXT = "rb'secret_i[n]put', rb'test_nega[t]ive', rb'152413[8]3936', rb'negative numbers have squar[e]s'"


def told(graded, index: int) -> object:
    """What a cell printed last, as JSON."""
    outputs = graded.outputs[index]
    printed = "".join(o["text"] for o in outputs if o["output_type"] == "stream")
    assert printed, f"the cell printed nothing: {graded.cells[index]}"
    return json.loads(printed.strip().splitlines()[-1])


def test_search_finds_what_is_there(grade: Grade):
    """The search that the next test relies on does find a text that is in memory."""
    cell = "needle = 'planted-' + str(6 * 7)\nimport json; print(json.dumps(everywhere(rb'planted-4[2]')))"
    assert told(grade(SEARCH, cell), 1)


def test_hidden_tests_are_nowhere_to_be_read(grade: Grade):
    """Neither before, nor while, nor after being judged does the process hold a hidden test's text or values."""
    answer = f"seen = []\ndef square(x):\n    seen.extend(everywhere({HIDDEN_TEXT}))\n    return x * x"
    look = f"seen.extend(everywhere({HIDDEN_TEXT}))\nimport json; print(json.dumps(seen))"
    graded = grade(SEARCH, answer, INIT, 'grader.check("q1")', look)
    assert scores(graded)["q1"] == 3
    assert told(graded, 4) == []


def test_files_of_the_host_cannot_be_read(grade: Grade, tmp_path: Path):
    """A file in a home folder, in /tmp, the repository and the tests themselves are not there."""
    planted = [tmp_path / "secret.txt", Path.home() / f".autograder-test-{os.getpid()}", Path(__file__)]
    try:
        for path in planted[:2]:
            path.write_text("secret")
        paths = [str(p) for p in planted] + [
            "/etc/shadow",
            "/proc/1/environ",
            "/proc/1/cwd/etc/shadow",
        ]
        cell = f"""
import json, os
readable = []
for path in {paths!r}:
    try:
        open(path, 'rb').read(1)
        readable.append(path)
    except OSError:
        pass
print(json.dumps(readable))"""
        assert told(grade(cell), 0) == []
    finally:
        planted[1].unlink()


def test_environment_of_the_grader_is_not_inherited(grade: Grade):
    """A token in the grader's environment is not in the submission's, nor in that of any process it sees."""
    cell = """
import glob, json, os
seen = [k for k in os.environ if 'PYTEST' in k or 'TOKEN' in k]
for path in glob.glob('/proc/[0-9]*/environ'):
    try:
        seen += [path] if b'PYTEST' in open(path, 'rb').read() else []
    except OSError:
        pass
print(json.dumps(seen))"""
    assert "PYTEST_CURRENT_TEST" in os.environ
    assert told(grade(cell), 0) == []


def test_network_is_closed_but_for_its_own_loopback(grade: Grade):
    """No interface but lo, no address to be reached, and a listener of the host is not on this loopback."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        cell = f"""
import json, socket
reached = []
for address in [('127.0.0.1', {server.getsockname()[1]}), ('1.1.1.1', 53), ('10.0.0.1', 80)]:
    try:
        socket.create_connection(address, timeout=1).close()
        reached.append(address)
    except OSError:
        pass
print(json.dumps([reached, [name for _, name in socket.if_nameindex()]]))"""
        assert told(grade(cell), 0) == [[], ["lo"]]


def test_nothing_of_one_submission_is_there_for_the_next(grade: Grade):
    """Files, shared memory, modules and processes that one leaves, the next does not find."""
    mark = f"mark-{secrets.token_hex(4)}"
    leave = f"""
import os, subprocess, sys, builtins, numpy
for folder in ('/tmp', '/var/tmp', '/dev/shm', os.path.expanduser('~'), '.'):
    open(os.path.join(folder, '{mark}'), 'w').write('left')
builtins.left = numpy.left = True
subprocess.Popen(['sleep', '1000'], start_new_session=True)
from multiprocessing import shared_memory
kept = shared_memory.SharedMemory('{mark}-shared', create=True, size=64)
"""
    look = f"""
import builtins, glob, json, numpy, os
places = ('/tmp', '/var/tmp', '/dev/shm', os.path.expanduser('~'), '.')
found = [p for folder in places for p in glob.glob(os.path.join(folder, '{mark}*'))]
found += ['module'] * (hasattr(builtins, 'left') + hasattr(numpy, 'left'))
found += [p for p in glob.glob('/proc/[0-9]*/cmdline') if b'sleep' in open(p, 'rb').read()]
print(json.dumps(found))"""
    first = grade(leave)
    assert first.cells[0].message == ""
    assert told(grade(look), 0) == []


def test_submission_has_no_privilege(grade: Grade):
    """No uid 0, no capability, no way to mount, to trace its keeper or to write where programs lie."""
    cell = """
import ctypes, json, os
libc = ctypes.CDLL(None, use_errno=True)
status = dict(line.split(':', 1) for line in open('/proc/self/status').read().splitlines())
got = [name for name in ('CapPrm', 'CapEff', 'CapBnd', 'CapAmb') if int(status[name], 16)]
got += ['uid 0'] * (0 in os.getresuid()) + ['new privileges'] * (status['NoNewPrivs'].strip() != '1')
got += ['mount'] * (libc.mount(b'x', b'/tmp', b'tmpfs', 0, b'') == 0)
got += ['ptrace'] * (libc.ptrace(16, 1, 0, 0) == 0)
try:
    os.kill(1, 9)
except PermissionError:
    pass
for path in ('/usr/bin/x', '/etc/x', '/x', os.path.dirname(os.__file__) + '/x', os.path.dirname(json.__file__) + '/x'):
    try:
        open(path, 'w')
        got.append(path)
    except OSError:
        pass
print(json.dumps(got))"""
    assert told(grade(cell), 0) == []


def test_descriptors_lead_nowhere_but_to_the_wire(grade: Grade):
    """Besides the wire, no socket and no pipe of the grader's is inherited."""
    cell = """
import json, os
links = [os.readlink(f'/proc/self/fd/{fd}') for fd in os.listdir('/proc/self/fd') if os.path.exists(f'/proc/self/fd/{fd}')
         or os.path.islink(f'/proc/self/fd/{fd}')]
print(json.dumps(sorted(link.partition(':')[0] for link in links if link.startswith(('socket', 'pipe')))))"""
    assert told(grade(cell), 0) == ["socket"]


LIAR = """
class Liar:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __bool__(self): return True
    def __array__(self, *a, **k): raise TypeError
    __lt__ = __le__ = __gt__ = __ge__ = __eq__
    __hash__ = object.__hash__
"""
FORGERIES = {
    "object equal to everything": f"{LIAR}\nsquare = double = lambda x: Liar()",
    "int equal to everything": "class I(int):\n    __eq__ = lambda s, o: True\n    __hash__ = int.__hash__\nsquare = lambda x: I(0)",
    "object array of liars": f"{LIAR}\nimport numpy\nsquare = double = lambda x: numpy.array([Liar()] * 4, dtype=object)",
    "numpy patched": "import numpy\nnumpy.array_equal = numpy.allclose = lambda *a, **k: True\nsquare = double = lambda x: 0",
    "torch patched": "import torch\ntorch.equal = torch.allclose = lambda *a, **k: True\nsquare = double = lambda x: 0",
    "builtins patched": "import builtins\nbuiltins.abs = builtins.all = lambda *a: True\nsquare = double = lambda x: 0",
    "otter patched": "import otter.test_files.exception_test as e\ne.test_case.call_func = lambda s, e: None",
    "otter replaced": "import sys, types\nsys.modules['otter'] = types.ModuleType('otter')\nsquare = double = lambda x: 0",
    "claims a class": "class C:\n    __class__ = property(lambda s: int)\nsquare = double = lambda x: C()",
    "claims to be a tensor": (
        "import torch\nimport autograder.grading.sandbox.serve as s\n"
        "square = double = lambda x: torch.eye(2).to_sparse()"
    ),
    "claims compiled classes": (
        "import autograder.grading.sandbox.serve as s\n"
        "s.Encoder.encode = lambda self, v: ['ref', 1, 'callable', 'x', ['torch.nn.parameter.Parameter', 'numpy.ndarray', 'torch.Tensor', 'torch.Generator', 'numpy.matrix', 'torch.dtype']]\n"
        "square = double = lambda x: 0"
    ),
    "own codec": (
        "import autograder.grading.codec as c\nimport autograder.grading.sandbox.serve as s\n"
        "s.Encoder.encode = lambda self, v: ['ref', 1, 'object', 'x', ['builtins.int', 'torch.Tensor']]\n"
        "square = double = lambda x: 0"
    ),
    "verdict in place of data": (
        "import autograder.grading.sandbox.serve as s\n"
        "s.Server._answer = lambda self, m: ('cell_done', {'passed': True, 'score': 100})\nsquare = double = lambda x: 0"
    ),
    "frames of the caller": "import sys\ndef square(x):\n    f = sys._getframe()\n    while f:\n        for v in f.f_locals.values():\n            if v == 15241383936: return v\n        f = f.f_back\n    return 0\ndouble = square",
    "exit while tested": "def square(x): raise SystemExit(0)\ndouble = square",
    "zeroes its arguments": "def double(x):\n    x *= 0\n    return x\nsquare = lambda x: 0",
}


@pytest.mark.parametrize("name", FORGERIES)
def test_forged_answers_earn_what_they_deserve(grade: Grade, name: str):
    """Whatever a wrong answer does to its own process, it stays wrong."""
    graded = grade(INIT, FORGERIES[name], 'grader.check("q1")', 'grader.check("q2")')
    assert scores(graded) == {"q1": 0, "q2": 0}


@pytest.mark.parametrize("name", [n for n in FORGERIES if n.endswith("patched")])
def test_right_answers_survive_a_patched_process(grade: Grade, name: str):
    """A patch of a library costs nothing where the answer does not depend on it."""
    graded = grade(INIT, FORGERIES[name], GOOD_SQUARE, GOOD_DOUBLE)
    assert scores(graded) == {"q1": 3, "q2": 4}


@pytest.mark.parametrize(
    "deed",
    [
        "import os\nfor fd in range(3, 50):\n    try: os.write(fd, b'\\xff' * 64)\n    except OSError: pass",
        "import os, struct\nfor fd in range(3, 50):\n    try: os.write(fd, struct.pack('!Q', 2**62))\n    except OSError: pass",
        "import os\nos.closerange(3, 100)",
    ],
)
def test_garbage_on_the_wire_costs_only_its_cell(grade: Grade, deed: str):
    """Forged frames, huge headers and closed descriptors: the box is replaced, the rest is graded."""
    graded = grade(GOOD_SQUARE, deed, GOOD_DOUBLE, cell_timeout_s=3)
    assert scores(graded) == {"q1": 3, "q2": 4}
    assert graded.cells[1].outcome == "stopped"


def test_messages_of_hidden_cases_say_nothing_of_inputs_and_expected_values(grade: Grade):
    """Prints, exception texts and class names that carry a hidden input do not come back to the student."""
    answers = (
        "def square(x): raise ValueError(f'input {x}')",
        "def square(x):\n    print('input', x)\n    return 0",
        "def square(x): return type(f'input{x}', (), {})()",
    )
    for answer in answers:
        graded = grade(INIT, answer, 'grader.check("q1")')
        hidden = question(graded, "q1").cases[1]
        shown = hidden.message + json.dumps(graded.outputs)
        assert "123456" not in shown
        assert "15241383936" not in shown
        assert "negative numbers have squares, too" in hidden.message


def test_calls_that_dig_under_the_wall_are_refused(grade: Grade):
    """No new namespaces, no tracing, no kernel keys, no mounts: the filter answers before the kernel looks."""
    cell = """
import ctypes, json, os
libc = ctypes.CDLL(None, use_errno=True)
def refused(*arguments):
    return libc.syscall(*arguments) == -1 and ctypes.get_errno() == 1
calls = {'unshare': (272, 0x10000000), 'keyctl': (250, 0, 0), 'bpf': (321, 0, 0, 0), 'io_uring': (425, 1, 0),
         'clone user': (56, 0x10000000 | 17, 0, 0, 0, 0), 'ptrace': (101, 0, 0, 0, 0), 'fsopen': (430, 0, 0)}
print(json.dumps([name for name, arguments in calls.items() if not refused(*arguments)]))"""
    if os.uname().machine != "x86_64":
        pytest.skip("the numbers of the calls are those of x86_64")
    assert told(grade(cell), 0) == []


def test_fork_bomb_ends_at_its_limit(grade: Grade):
    """Processes beyond the limit are refused to the submission, and the host does not notice."""
    cell = """
import os, time, json
count = 0
try:
    for _ in range(1000):
        if os.fork() == 0:
            time.sleep(60)
        count += 1
except OSError:
    pass
print(json.dumps(count))"""
    graded = grade(cell, GOOD_SQUARE, GOOD_DOUBLE)
    assert told(graded, 0) < 64
    assert scores(graded) == {"q1": 3, "q2": 4}


def test_claims_of_a_handle_do_not_reach_compiled_code(grade: Grade):
    """torch and numpy are handed an object that says it is a tensor: an error in the test, and no crash."""
    tests = """\
from otter.test_files import test_case
OK_FORMAT = False
name = "q1"
points = 1

@test_case(points=None, hidden=False)
def test_tensor(f):
    import numpy as np
    import torch
    got = f()
    assert not isinstance(got, torch.Tensor)
    for use in (torch.as_tensor, torch.sum, np.asarray, np.sum, lambda v: torch.ones(2) + v, lambda v: np.ones(2) + v):
        try:
            use(got)
        except (TypeError, ValueError, RuntimeError):
            continue
        raise AssertionError(use)
    raise ValueError("every use was refused")
"""
    graded = grade("import torch\ndef f(): return torch.eye(2, device='meta')", tests={"q1": tests})
    assert "every use was refused" in question(graded, "q1").cases[0].message
    assert not graded.partial
