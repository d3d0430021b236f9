# The program behind the previews: tells what reached it, streams, takes uploads, echoes over WebSockets.
import base64, hashlib, http.server, json, struct, sys


class Program(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def tell(self):
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        if self.headers.get("transfer-encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        headers = {name.lower(): value for name, value in self.headers.items()}
        told = {"method": self.command, "path": self.path, "headers": headers, "length": len(body)}
        answer = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    def do_GET(self):
        if self.headers.get("upgrade") == "websocket":
            return self.echo()
        if self.path == "/missing":
            return self.send_error(404)
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("location", "/elsewhere")
            self.send_header("content-length", "0")
            return self.end_headers()
        if self.path == "/stream":
            return self.stream()
        self.tell()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = tell

    def stream(self):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(b"data: first\n\n")
        self.wfile.flush()
        # Goes on when somebody says so.
        open("go").readline()
        self.wfile.write(b"data: last\n\n")
        self.close_connection = True

    def echo(self):
        key = self.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101)
        self.send_header("upgrade", "websocket")
        self.send_header("connection", "upgrade")
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        self.send_header("sec-websocket-accept", accept)
        self.end_headers()
        self.close_connection = True
        while head := self.rfile.read(2):
            length = head[1] & 127
            if length == 126:
                (length,) = struct.unpack(">H", self.rfile.read(2))
            mask = self.rfile.read(4)
            payload = bytes(byte ^ mask[place % 4] for place, byte in enumerate(self.rfile.read(length)))
            if head[0] & 15 == 8:
                self.wfile.write(bytes([0x88, len(payload)]) + payload)
                return
            size = bytes([length]) if length < 126 else b"\x7e" + struct.pack(">H", length)
            self.wfile.write(bytes([head[0]]) + size + payload)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Program)
print(server.server_address[1], flush=True)
server.serve_forever()
