# The worker of one interpreter context: runs pieces of Python one after the other in one namespace.
#
# It is born with a socket as its standard input and speaks on it alone:
#
#   request   u32 length, then texts: code, name, value, name, value, ...   (text: u32 length, UTF-8)
#   message   one byte kind, u32 length, payload
#             o, e  output and errors: text      c  completed
#             x     exception: texts name, value, traceback      i  interrupted
#
# What children print, and what is written to descriptor 1 or 2 past Python, goes nowhere.

import io
import os
import signal
import sys
import _thread

PIECE = 262144  # Most characters of one message.
FILE = "<string>"

protocol = os.dup(0)
# Reading standard input waits for ever, in children too, instead of eating requests.
_silence, _kept = os.pipe()
os.dup2(_silence, 0, inheritable=True)
os.close(_silence)

main = os.getpid()
lock = _thread.RLock()


class State:
    running = False  # Code of a request runs, so an interrupt is meant for it.
    sending = False  # A message is half sent; an interrupt has to wait.
    interrupted = False
    active = False  # Somebody reads what is printed.


def on_interrupt(_number, _frame):
    if State.sending:
        State.interrupted = True
    elif State.running:
        raise KeyboardInterrupt


def packed(text):
    try:
        data = text.encode()
    except UnicodeEncodeError:
        # Surrogate pairs become characters, lone surrogates the replacement character.
        data = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()
    return len(data).to_bytes(4, "little") + data


def send(kind, payload):
    with lock:
        State.sending = True
        try:
            data = memoryview(kind + len(payload).to_bytes(4, "little") + payload)
            while data:
                data = data[os.write(protocol, data):]
        finally:
            State.sending = False
        if State.interrupted and _thread.get_ident() == main_thread:
            State.interrupted = False
            if State.running:
                raise KeyboardInterrupt


class Binary(io.RawIOBase):
    """Takes bytes for those who write to `sys.stdout.buffer`."""

    def __init__(self, text):
        self.text = text

    def writable(self):
        return True

    def write(self, data):
        self.text.write(bytes(data).decode("utf-8", "replace"))
        return len(data)

    def flush(self):
        self.text.flush()


class Output(io.TextIOBase):
    encoding = "utf-8"
    errors = "replace"

    def __init__(self, kind, name):
        self.kind = kind
        self.name = name
        self.mode = "w"
        self.parts = []
        self.size = 0
        self.buffer = Binary(self)

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not " + type(text).__name__)
        with lock:
            self.parts.append(text)
            self.size += len(text)
            if self.size >= 1024 or "\n" in text:
                self.flush()
        return len(text)

    def flush(self):
        with lock:
            text = "".join(self.parts)
            self.parts = []
            self.size = 0
            # Nobody listens between executions, and a forked child has no say here.
            if not text or not State.active or os.getpid() != main:
                return
            for start in range(0, len(text), PIECE):
                send(self.kind, packed(text[start:start + PIECE])[4:])

    def close(self):
        self.flush()


def receive(count):
    data = b""
    while len(data) < count:
        piece = os.read(protocol, count - len(data))
        if not piece:
            os._exit(0)
        data = data + piece if data else piece
    return data


def next_request():
    data = receive(int.from_bytes(receive(4), "little"))
    texts = []
    at = 0
    while at < len(data):
        end = at + 4 + int.from_bytes(data[at:at + 4], "little")
        texts.append(data[at + 4:end].decode())
        at = end
    return texts[0], dict(zip(texts[1::2], texts[2::2]))


def report(error):
    name = type(error).__name__
    try:
        value = str(error)
    except BaseException:
        value = ""
    lines = []
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == FILE:
            lines.append('  File "<stdin>", line %d\n' % trace.tb_lineno)
        trace = trace.tb_next
    if lines:
        lines.insert(0, "Traceback (most recent call last):\n")
    lines.append(name + ": " + value + "\n")
    send(b"x", packed(name) + packed(value) + packed("".join(lines)))


def set_variables(variables):
    before = {}
    for name, value in variables.items():
        previous = os.environ.get(name)
        os.environ[name] = value
        before[name] = previous
    return before


def restore_variables(before):
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def run(code):
    """The exception the code ended with, if any."""
    try:
        try:
            State.running = True
            exec(compile(code, FILE, "exec", dont_inherit=True), namespace)
            flush()
        finally:
            State.running = False
    except BaseException as error:
        return error
    return None


def flush():
    sys.stdout.flush()
    sys.stderr.flush()


def finish(error):
    # A forked child that came out of the code is not the worker.
    if os.getpid() != main:
        os._exit(0 if error is None else 1)
    output.flush()
    errors.flush()
    if isinstance(error, KeyboardInterrupt):
        send(b"i", b"")
        return
    if error is not None and not isinstance(error, SystemExit):
        report(error)
    send(b"c", b"")


def serve():
    while True:
        code, variables = next_request()
        sys.stdout, sys.stderr = output, errors
        State.interrupted = False
        State.active = True
        before = {}
        try:
            before = set_variables(variables)
        except BaseException as failure:
            error = failure
        else:
            error = run(code)
        try:
            finish(error)
        except KeyboardInterrupt:
            send(b"i", b"")
        error = None
        State.active = False
        restore_variables(before)


main_thread = _thread.get_ident()
output = Output(b"o", "<stdout>")
errors = Output(b"e", "<stderr>")
namespace = {"__name__": "__main__", "__doc__": None, "__builtins__": __builtins__}
signal.signal(signal.SIGINT, on_interrupt)
serve()
