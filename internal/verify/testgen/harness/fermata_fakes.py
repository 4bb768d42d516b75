"""What the tests made by "fermata testgen" bring along: a model that says what a test wants, and an outside that is not there.

Nothing here reaches a network, starts a program or writes outside the test's own folder: what the code under test tries
is recorded and refused. Libraries that talk to the outside are replaced, and so are libraries that are not installed.
"""

import asyncio
import builtins
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import json
import logging
import os
import pathlib
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import types

import pytest

CANARY = "fermata-canary-7f3a"
SECRET = "sk-fermata-0123456789abcdef0123456789abcdef"
MOST_ROUNDS = 60  # a loop that asks more often does not end by itself
MOST_SECONDS = 10  # of real time that one call of the code under test may take

# Libraries that reach outside: replaced even where they are installed.
OUTSIDE = {
    "openai", "anthropic", "litellm", "ollama", "mistralai", "groq", "cohere", "together", "requests", "httpx", "aiohttp",
    "urllib3", "stripe", "boto3", "botocore", "redis", "pymongo", "psycopg2", "psycopg", "asyncpg", "pymysql", "slack_sdk", "twilio",
    "sendgrid", "paramiko", "docker", "chromadb", "pinecone", "qdrant_client", "weaviate", "tavily", "exa_py", "playwright",
    "selenium", "smtplib", "imaplib", "poplib", "ftplib", "telnetlib",
}
MODELS = {"openai", "anthropic", "litellm", "ollama", "mistralai", "groq", "together"}
WAITS_FOR_EVER = {"requests", "urllib3", "smtplib", "imaplib", "poplib", "ftplib"}  # unless a call says how long
ASKING = {"create", "parse", "completion", "acompletion", "chat", "generate", "complete", "complete_async"}


class Runaway(BaseException):
    """The code under test would not have come back. No "except Exception" holds it up."""


class OutsideError(OSError):
    """What the outside answers when a test wants it to fail. Every exception of a replaced library is this one."""

    def __init__(self, *words, **more):
        super().__init__(*words)
        self.response, self.status_code = None, 500


class Event:
    """One thing that the code under test tried to do outside."""

    def __init__(self, kind, name, args, more):
        self.kind, self.name, self.text = kind, name, show((name, args, more))
        self.args, self.more = args, more

    def __repr__(self):
        return f"{self.kind} {self.text}"


def show(value):
    try:
        return repr(value)
    except Exception:
        return "?"


class Bag(dict):
    """An answer of a library: its parts are had by name, by key and as plain data."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self.get(name)

    def model_dump(self, **_):
        return json.loads(json.dumps(self))

    dict = to_dict = model_dump

    def model_dump_json(self, **_):
        return json.dumps(self)


class _Part(type):
    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything(name)


class Base(metaclass=_Part):
    """What stands for a class of a library that is not there."""

    def __init__(self, *args, **more):
        self.__dict__.update(more)

    def __init_subclass__(cls, **_):
        pass

    def __class_getitem__(cls, _):
        return cls

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything(name)


class Anything:
    """A name of a library that is not there. It takes everything, records what it is asked, and means nothing."""

    def __init__(self, path, world=None, made=None):
        object.__setattr__(self, "_path", path)
        object.__setattr__(self, "_made", made or {})
        object.__setattr__(self, "_parts", {})

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        path = self._path + "." + name
        if name.endswith(("Error", "Exception", "Timeout", "Warning")) and name[:1].isupper():
            if name != "Timeout" or not path.startswith("httpx"):
                return OutsideError
        if self._path.endswith("()"):
            if name in ("text", "content", "output_text", "html", "body", "stdout"):
                text = WORLD.page
                return text.encode() if name == "content" else text
            if name in ("status_code", "status", "returncode"):
                return 200 if name != "returncode" else 0
            if name in ("ok", "is_success"):
                return True
            if name in ("id", "name"):
                return "fermata"
        return self._parts.setdefault(name, Anything(path, made=self._made))

    def __setattr__(self, name, value):
        self._parts[name] = value

    def __call__(self, *args, **more):
        last = self._path.rsplit(".", 1)[-1]
        top = self._path.split(".", 1)[0].split("(", 1)[0]
        if len(args) == 1 and not more and (inspect.isfunction(args[0]) or inspect.isclass(args[0])):
            return args[0]  # a decorator
        if top in MODELS and last in ASKING:
            kind = "messages" if ".messages." in self._path else "responses" if ".responses." in self._path else "ollama" if top == "ollama" else "chat"
            answer = lambda: WORLD.model.ask(kind, dict(more), {**self._made, **more})
            if "Async" in self._path or last.startswith("a") and top == "litellm" or last.endswith("_async"):
                return _later(answer)
            return answer()
        if last[:1].isupper() or last == "Session":
            return Anything(self._path + "()", made={**self._made, **more})
        if last in ("json", "dict", "model_dump") and self._path.count("()"):
            return {"text": WORLD.page}
        if top in OUTSIDE or self._path.count("()"):
            if top not in MODELS:
                WORLD.outside_call("call", self._path, args, more, {**self._made, **more})
        return Anything(self._path + "()", made=self._made)

    def __mro_entries__(self, bases):
        return (Base,)

    def __instancecheck__(self, other):
        return False

    def __subclasscheck__(self, other):
        return False

    def __await__(self):
        return _later(lambda: self).__await__()

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    def __aiter__(self):
        return self

    async def __anext__(self):
        raise StopAsyncIteration

    def __getitem__(self, key):
        if isinstance(key, int) and self._path.endswith("()"):
            return Anything(self._path, made=self._made)
        return self._parts.setdefault(("item", show(key)), Anything(self._path, made=self._made))

    def __setitem__(self, key, value):
        pass

    def __delitem__(self, key):
        pass

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0

    def __bool__(self):
        return True

    def __contains__(self, _):
        return False

    def __int__(self):
        return 0

    def __float__(self):
        return 0.0

    def __index__(self):
        return 0

    def __str__(self):
        return self._path

    __repr__ = __fspath__ = __str__

    def __hash__(self):
        return id(self)

    def __eq__(self, other):
        return self is other

    def _same(self, *_):
        return self

    def _no(self, *_):
        return False

    __or__ = __ror__ = __and__ = __add__ = __radd__ = __sub__ = __mul__ = __truediv__ = __mod__ = __rshift__ = __lshift__ = __matmul__ = _same
    __lt__ = __gt__ = __le__ = __ge__ = _no


async def _later(answer):
    return answer()


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives libraries that reach outside, or that are not installed, as modules of Anything."""

    busy = False

    def find_spec(self, name, path=None, target=None):
        top = name.split(".", 1)[0]
        if top in OUTSIDE or top in WORLD.replaced:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        module = types.ModuleType(spec.name)
        inside = Anything(spec.name)
        module.__path__ = []
        module.__all__ = []
        module.__getattr__ = lambda name: getattr(inside, name)
        return module

    def exec_module(self, module):
        pass


class _Last(_Finder):
    """Asked when nobody else has a module: it is not installed."""

    def find_spec(self, name, path=None, target=None):
        top = name.split(".", 1)[0]
        if top in sys.stdlib_module_names or top in WORLD.own or top in sys.modules and not isinstance(getattr(sys.modules[top], "__loader__", None), _Finder):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)


class Model:
    """Stands for the language model: says what the test wants and keeps what it was asked."""

    def __init__(self):
        self.requests, self.script, self.ran_away, self.hanging, self.hung = [], lambda n: "done", False, False, False

    def says(self, text):
        self.script = lambda n: text

    def always(self, name, arguments):
        self.script = lambda n: (name, arguments)

    def once(self, name, arguments):
        """Asks for a tool first and is content then."""
        start = len(self.requests)
        self.script = lambda n: (name, arguments) if n == start + 1 else "done"

    def hangs(self):
        self.hanging = True

    def ask(self, kind, request, settings):
        try:
            kept = json.loads(json.dumps(request, default=lambda o: getattr(o, "__dict__", None) or str(o)))
        except Exception:
            kept = {"text": show(request)}
        self.requests.append(kept)
        if self.hanging:
            if settings.get("timeout") is None or isinstance(settings["timeout"], Anything) and not settings["timeout"]._made:
                self.hung = True
                raise Runaway("the model never answers, and the call has no end")
            raise OutsideError("timed out")
        if len(self.requests) > MOST_ROUNDS:
            self.ran_away = True
            raise Runaway(f"the model was asked more than {MOST_ROUNDS} times")
        said = self.script(len(self.requests))
        if request.get("stream") is True:
            return _Stream(kind, said, len(self.requests))
        return _answer(kind, said, len(self.requests), "functions" in request)

    def texts(self, since=0):
        """What the model was told, as pairs of role and text."""
        out = []
        for request in self.requests[since:]:
            for key in ("system", "instructions"):
                if request.get(key):
                    out.append(("system", show(request[key])))
            said = request.get("messages", request.get("input", request.get("prompt", request.get("text", []))))
            for message in said if isinstance(said, list) else [said]:
                role = message.get("role", "") if isinstance(message, dict) else "user"
                out.append((role, message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)))
        return out

    def saw(self, text, since=0):
        return any(text in told for _, told in self.texts(since))

    def was_instructed(self, text, since=0):
        return any(text in told for role, told in self.texts(since) if role in ("system", "developer"))


def _answer(kind, said, number, old=False):
    usage = Bag(prompt_tokens=1, completion_tokens=1, total_tokens=2, input_tokens=1, output_tokens=1)
    ident = f"call_{number}"
    if isinstance(said, str):
        if kind == "messages":
            return Bag(id="m", role="assistant", content=[Bag(type="text", text=said)], stop_reason="end_turn", usage=usage)
        if kind == "responses":
            part = Bag(type="output_text", text=said)
            return Bag(id="r", output=[Bag(type="message", role="assistant", content=[part])], output_text=said, usage=usage)
        message = Bag(role="assistant", content=said, tool_calls=None, function_call=None, refusal=None, parsed=None)
        if kind == "ollama":
            return Bag(message=message, done=True)
        return Bag(id="c", choices=[Bag(index=0, message=message, finish_reason="stop")], usage=usage)
    name, arguments = said
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    if kind == "messages":
        return Bag(id="m", role="assistant", content=[Bag(type="tool_use", id=ident, name=name, input=arguments)], stop_reason="tool_use", usage=usage)
    if kind == "responses":
        return Bag(id="r", output=[Bag(type="function_call", id=ident, call_id=ident, name=name, arguments=text)], output_text="", usage=usage)
    given = arguments if kind == "ollama" else text
    call = Bag(id=ident, type="function", function=Bag(name=name, arguments=given))
    message = Bag(role="assistant", content=None, tool_calls=[call], function_call=Bag(name=name, arguments=text) if old else None, refusal=None)
    if kind == "ollama":
        return Bag(message=message, done=True)
    return Bag(id="c", choices=[Bag(index=0, message=message, finish_reason="tool_calls")], usage=usage)


class _Stream:
    """An answer in pieces: one piece that says it all."""

    def __init__(self, kind, said, number):
        whole = _answer(kind, said, number)
        self.pieces = [whole]
        if kind == "chat":
            message = whole.choices[0].message
            calls = [Bag(index=0, **call) for call in message.tool_calls or []]
            delta = Bag(role="assistant", content=message.content, tool_calls=calls or None)
            self.pieces = [Bag(id="c", choices=[Bag(index=0, delta=delta, finish_reason=whole.choices[0].finish_reason)], usage=None)]

    def __iter__(self):
        return iter(self.pieces)

    async def __aiter__(self):
        for piece in self.pieces:
            yield piece

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        return False


class _Process:
    """Stands for a started program: it runs nothing and has printed nothing."""

    def __init__(self, args, *more, shell=False, **settings):
        self.args, self.pid, self.returncode, self.stdin = args, 0, 0, None
        line = args if isinstance(args, str) else " ".join(str(a) for a in args)
        self.stdout = self.stderr = None
        self._text = settings.get("text") or settings.get("universal_newlines") or settings.get("encoding")
        WORLD.outside_call("shell" if shell or isinstance(args, str) else "program", line, args, settings, None)

    def communicate(self, input=None, timeout=None):
        self.wait(timeout)
        nothing = "" if self._text else b""
        return nothing, nothing

    def wait(self, timeout=None):
        WORLD.waits("a program", timeout)
        return 0

    def poll(self):
        return 0

    def kill(self):
        pass

    terminate = kill

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False


class _Rows:
    """Stands for a database: it keeps what it is asked, and holds nothing."""

    description, rowcount, lastrowid, row_factory = (), 0, 1, None

    def __init__(self, *args, **more):
        pass

    def execute(self, statement, *values):
        WORLD.outside_call("statement", str(statement), values, {}, {"timeout": 1})
        return self

    executemany = executescript = execute

    def cursor(self, *_):
        return self

    def fetchall(self):
        return []

    def fetchone(self):
        return None

    def fetchmany(self, *_):
        return []

    def __iter__(self):
        return iter(())

    def commit(self):
        pass

    close = rollback = commit

    def create_function(self, *_, **__):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False


STARTS = {"os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "pty.spawn", "subprocess.Popen", "os.fork", "os.forkpty"}
CHANGES = {
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown",
    "shutil.rmtree", "shutil.move", "shutil.copyfile", "shutil.copytree", "sqlite3.connect",
}


_threads = {}  # the world of each thread that was started in one: what a thread does late is refused, too


def _watched(start):
    def begin(thread):
        world = WORLD if WORLD is not None else _threads.get(threading.get_ident())
        if world is not None:
            run = thread.run

            def watched():
                _threads[threading.get_ident()] = world
                try:
                    run()
                finally:
                    _threads.pop(threading.get_ident(), None)

            thread.run = watched
        start(thread)

    return begin


def _hook(event, args):
    world = WORLD
    if world is None:
        if not _threads:
            return
        world = _threads.get(threading.get_ident())
        if world is None:
            return
    if event == "open":
        world.opened(args[0], args[1], args[2])
    elif event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        if len(args) > 1 and isinstance(args[1], tuple):
            world.connects(args[0], args[1])
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        world.note("network", event, args, {})
        raise OutsideError("there is no network in a test")
    elif event in STARTS:
        world.note("shell" if event == "os.system" else "program", event, args, {})
        raise OutsideError("no program is started in a test")
    elif event in CHANGES and args and isinstance(args[0], (str, bytes, os.PathLike)) and not world.inside(args[0]):
        world.note("file", event, args, {})
        raise OutsideError("nothing outside the test's folder is changed")


WORLD = None
_hooked = False
sys.dont_write_bytecode = True  # nothing is left behind in the tree under test


class World:
    """What one test sees: the model, the outside, the person who is asked."""

    def __init__(self, folder, roots, names, replaced, monkeypatch, caplog, capsys):
        self.folder, self.roots, self.model = pathlib.Path(folder), roots, Model()
        self.events, self.page, self.consents, self.acting = [], "an ordinary page", True, False
        self.failure, self.hanging, self.hung, self.bounded, self.asked = None, False, [], 0, 0
        self.consulted, self._fresh = 0, 0
        self.replaced, self.raised, self.loaded, self.own = set(replaced), None, False, self._own()
        self._patch, self._caplog, self._capsys = monkeypatch, caplog, capsys
        for name in names:
            monkeypatch.setenv(name, value_of(name))
        monkeypatch.chdir(folder)
        monkeypatch.setattr(builtins, "input", self.input)
        monkeypatch.setattr(subprocess, "Popen", _Process)
        monkeypatch.setattr(sqlite3, "connect", _Rows)
        monkeypatch.setattr(time, "sleep", self.slept)
        random.seed(7)
        caplog.set_level(logging.DEBUG)

    def _own(self):
        names = set()
        for root in self.roots:
            if os.path.isdir(root):
                names |= {os.path.splitext(n)[0] for n in os.listdir(root) if n.endswith(".py") or os.path.isdir(os.path.join(root, n))}
        return names

    # What the code under test does.

    def note(self, kind, name, args, more):
        self.events.append(Event(kind, name, args, more))

    def outside_call(self, kind, name, args, more, settings):
        if not self.acting:
            return
        self.note(kind, name, args, more)
        if settings is not None and name.split(".", 1)[0].split("(", 1)[0] in WAITS_FOR_EVER:
            self.waits(name, settings.get("timeout"))
        elif settings is not None and "timeout" in settings:
            self.waits(name, settings["timeout"])
        if self.failure:
            raise OutsideError(self.failure)

    def waits(self, what, timeout):
        if not self.hanging:
            return
        if timeout is None:
            self.hung.append(what)
            raise Runaway(f"{what} never answers, and the call has no end")
        self.bounded += 1
        if what == "a program":
            raise subprocess.TimeoutExpired("fermata", timeout)
        raise OutsideError("timed out")

    def connects(self, sock, address):
        self.note("network", "connect", address, {})
        if self.hanging:
            self.waits(f"{address[0]}", sock.gettimeout())
        raise OutsideError(self.failure or "there is no network in a test")

    def opened(self, path, mode, flags):
        if not isinstance(path, (str, bytes)) or path in (os.devnull, os.devnull.encode()):
            return
        text = os.fsdecode(path)
        writes = isinstance(mode, str) and any(m in mode for m in "wax+") or isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)
        full = os.path.realpath(text)
        if self.inside(text) or not writes and any(full.startswith(os.path.realpath(r) + os.sep) for r in self.roots):
            self.note("write" if writes else "read", text, (), {})
            return
        library = any(full.startswith(os.path.realpath(p) + os.sep) for p in sys.path if p and os.path.isabs(p)) or full.startswith((sys.base_prefix, sys.prefix))
        if library and not writes:
            return
        self.note("file", text, (mode,), {})
        raise FileNotFoundError(2, "only files of the test's folder are there", text)

    def inside(self, path):
        try:
            full = os.path.realpath(os.fsdecode(path))
        except (TypeError, ValueError):
            return False
        return full == str(self.folder.resolve()) or full.startswith(str(self.folder.resolve()) + os.sep)

    def input(self, *_):
        self.asked += 1
        self.consulted += 1
        if self.asked > MOST_ROUNDS:
            raise Runaway("a person was asked without end")
        return "y" if self.consents else "n"

    def consent(self, *_, **__):
        """Given wherever the code wants a function that asks a person."""
        self.asked += 1
        self.consulted += 1
        return self.consents

    def slept(self, _seconds):
        self.asked += 1
        if self.asked > 20 * MOST_ROUNDS:
            self.model.ran_away = True
            raise Runaway("it waits and tries again without end")

    # What the tests do.

    def forget_modules(self):
        """Take what was imported of the project away, so that each test begins anew."""
        roots = [os.path.realpath(r) + os.sep for r in self.roots]
        here = os.path.dirname(os.path.abspath(__file__)) + os.sep
        for name, module in reversed(list(sys.modules.items())):  # what is inside of a package goes before it
            file = getattr(module, "__file__", None)
            if not file:
                try:
                    file = (list(getattr(module, "__path__", [])) or [""])[0]
                except (KeyError, TypeError):
                    file = ""
            if isinstance(getattr(module, "__loader__", None), _Finder):
                del sys.modules[name]
            elif file and "site-packages" not in file and not os.path.abspath(file).startswith(here) and any(os.path.realpath(file).startswith(r) for r in roots):
                del sys.modules[name]

    def load(self, module, name):
        """Import what is tested, anew; skip the test where that cannot be done."""
        if not self.loaded:
            self.forget_modules()
            for top in OUTSIDE:
                if top in sys.modules:
                    self._patch.delitem(sys.modules, top)
        self.loaded, self.acting = True, True
        before, self.failure, self.hanging = (self.failure, self.hanging), None, False  # an import is not what is tested
        try:
            self._guarded(lambda: importlib.import_module(module))
            found = sys.modules[module]
            for part in name.split("."):
                found = getattr(found, part)
        except (Exception, SystemExit, Runaway) as error:
            pytest.skip(f"{module}.{name} cannot be imported here: {type(error).__name__}: {error}")
        finally:
            self.failure, self.hanging = before
            self.acting = False
            self.forget()
        return unwrapped(found)

    def inner(self, outer, name, *args, **more):
        """A function that another one defines; skip the test where the other never comes so far."""
        found = []

        def look(frame, event, _):
            if event == "return" and frame.f_code is getattr(outer, "__code__", None) and name in frame.f_locals:
                found.append(frame.f_locals[name])

        before, self.acting = sys.getprofile(), True
        sys.setprofile(look)
        try:
            self._guarded(lambda: finished(outer(*args, **more)))
        except (Exception, SystemExit, Runaway) as error:
            self.raised = error
        finally:
            sys.setprofile(before)
            self.acting = False
        self.needs(found, f"{name} is defined inside of a function that does not come so far")
        self.forget()
        return unwrapped(found[0])

    def make(self, cls, *args, **more):
        """An object of a class of the project; skip the test where it cannot be made."""
        before, events, self.acting = self.acting, list(self.events), True
        try:
            return self._guarded(lambda: cls(*args, **more))
        except (Exception, SystemExit, Runaway) as error:
            pytest.skip(f"an object of {getattr(cls, '__name__', cls)} cannot be made: {type(error).__name__}: {error}")
        finally:
            self.acting, self.events = before, events

    def attempt(self, function, *args, **more):
        """Call the code under test. What it raises is kept in self.raised; the answer is what it gives back."""
        self.raised, self.acting = None, True
        try:
            return self._guarded(lambda: finished(function(*args, **more)))
        except (Exception, SystemExit, Runaway) as error:
            self.raised = error
            return None
        finally:
            self.acting = False

    def _guarded(self, act):
        def late(*_):
            self.model.ran_away = True
            raise Runaway(f"it took more than {MOST_SECONDS} seconds")

        timed = hasattr(signal, "SIGALRM")
        if timed:
            before = signal.signal(signal.SIGALRM, late)
            signal.alarm(MOST_SECONDS)
        try:
            return act()
        finally:
            if timed:
                signal.alarm(0)
                signal.signal(signal.SIGALRM, before)

    def needs(self, shown, why):
        """Skip the test where it could show nothing, whatever the code does."""
        if not shown:
            if self.raised is not None:
                why += f" ({type(self.raised).__name__}: {str(self.raised)[:120]})"
            pytest.skip(why)

    def forget(self):
        """Forget what happened until now."""
        self.events, self.raised, self.asked, self.consulted = [], None, 0, 0

    def known(self, ask, addresses):
        """The first of some addresses that the code is ready to ask."""
        for address in addresses:
            ask(address)
            asked = self.reached("network", "call")
            self.forget()
            if asked:
                return address
        return addresses[-1]

    def reached(self, *kinds, holding=""):
        """What the code tried outside, of some kinds, holding a text."""
        return [e for e in self.events if (not kinds or e.kind in kinds) and holding in e.text]

    def acted(self):
        """What the code tried to change or send: everything but reading files of its own."""
        return [e for e in self.events if e.kind != "read"]

    def commanded(self, text):
        """What was started with a text as, or inside, a command."""
        out = self.reached("shell", holding=text)
        for e in self.reached("program", holding=text):
            line = e.args if isinstance(e.args, (list, tuple)) else [e.name]
            program = os.path.basename(str(line[0])) if line else ""
            if program.rstrip(".0123456789") in ("sh", "bash", "zsh", "dash", "python", "node", "perl", "ruby", "php", "cmd", "powershell", "pwsh"):
                out.append(e)
        return out

    def stated(self, text):
        """Statements that a text became a part of, rather than a value beside."""
        return [e for e in self.reached("statement") if text in e.name] + [e for e in self.reached("call") if e.args and text in show(e.args[0])]

    def decoy(self, name):
        """A function that nobody offered, where careless code would find it."""
        calls = []

        def spy(*args, **more):
            calls.append((args, more))
            return "decoy"

        self._patch.setattr(builtins, name, spy, raising=False)
        for value in list(sys.modules.values()):
            file = getattr(value, "__file__", None) or ""
            if file and any(os.path.realpath(file).startswith(os.path.realpath(r) + os.sep) for r in self.roots) and value is not sys.modules[__name__]:
                self._patch.setattr(value, name, spy, raising=False)
        return calls

    def written(self):
        """What was logged or printed."""
        out = self._capsys.readouterr()
        return self._caplog.text + out.out + out.err

    def anything(self):
        return Anything("anything")

    def fresh_number(self):
        """A number that no call was given before."""
        self._fresh += 1
        return self._fresh

    def fresh(self):
        """A text of letters that no call was given before: a second call must not be taken for the first one again."""
        number, text = self.fresh_number() - 1, "fermata"
        while number > 0:
            number, letter = divmod(number - 1, 26)
            text += chr(ord("a") + letter)
        return text


def finished(value):
    """The value of an answer that comes later, or in pieces."""
    if inspect.isawaitable(value):
        return asyncio.run(asyncio.wait_for(_waited(value), MOST_SECONDS))
    if inspect.isasyncgen(value):
        return asyncio.run(_gathered(value))
    if inspect.isgenerator(value):
        return list(value)
    return value


async def _waited(value):
    return await value


async def _gathered(value):
    return [part async for part in value]


def unwrapped(value):
    """The function behind a tool object of a framework."""
    for _ in range(4):
        if inspect.isfunction(value) or inspect.ismethod(value) or inspect.isclass(value):
            return value
        for part in ("func", "fn", "coroutine", "_func", "function", "__wrapped__"):
            inner = getattr(value, "__dict__", {}).get(part) or (getattr(value, part, None) if part in ("func", "fn", "coroutine") and not isinstance(value, Anything) else None)
            if callable(inner) and not isinstance(inner, Anything):
                value = inner
                break
        else:
            return value
    return value


def value_of(name):
    """A value for a variable of the environment, by what its name sounds like."""
    upper = name.upper()
    if any(w in upper for w in ("KEY", "TOKEN", "SECRET", "PASSWORD", "PASS", "CREDENTIAL")):
        return SECRET
    if any(w in upper for w in ("PORT", "TIMEOUT", "LIMIT", "MAX", "COUNT", "SIZE", "SECONDS", "TEMPERATURE", "DELAY", "BACKOFF", "RETR", "INTERVAL", "THRESHOLD", "BATCH")):
        return "1"
    if upper.endswith(("_MS", "_S", "_SEC", "_MIN", "_DAYS", "_HOURS", "_RATE", "_RATIO")):
        return "1"
    if any(w in upper for w in ("URL", "URI", "ENDPOINT")) or upper.endswith("BASE"):
        return "https://fermata.invalid"
    if any(w in upper for w in ("DEBUG", "ENABLE", "DISABLE", "VERBOSE", "USE_")):
        return "0"
    return "fermata"


@pytest.fixture
def make_world(tmp_path, monkeypatch, caplog, capsys):
    """Makes the world of one test, and takes it away afterwards."""
    global WORLD, _hooked
    if not _hooked:
        sys.addaudithook(_hook)
        threading.Thread.start = _watched(threading.Thread.start)
        _hooked = True
    first, last = _Finder(), _Last()

    def make(roots, names=(), replaced=()):
        global WORLD
        WORLD = World(tmp_path, roots, names, replaced, monkeypatch, caplog, capsys)
        for root in reversed(roots):
            monkeypatch.syspath_prepend(root)
        sys.meta_path.insert(0, first)
        sys.meta_path.append(last)
        return WORLD

    yield make
    for finder in (first, last):
        if finder in sys.meta_path:
            sys.meta_path.remove(finder)
    for name, module in list(sys.modules.items()):
        if isinstance(getattr(module, "__loader__", None), _Finder):
            del sys.modules[name]
    if WORLD is not None:
        WORLD.forget_modules()
    WORLD = None
