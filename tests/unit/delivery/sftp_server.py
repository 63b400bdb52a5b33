"""An SFTP server on this machine, whose root is a folder; it may hang up in the middle of an upload."""

# ruff: noqa: ANN401, ARG002 (the signatures are paramiko's)

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import paramiko

USER, PASSWORD = "shop", "c0rrect-h0rse"


@dataclass
class Server:
    """Where it listens, and in how many uploads to come it hangs up half-way."""

    root: Path
    port: int = 0
    hang_ups: int = 0
    logins: int = 0
    transports: list[paramiko.Transport] = field(default_factory=list)


class Login(paramiko.ServerInterface):  # type: ignore[misc]
    def __init__(self, server: Server) -> None:
        self.server = server

    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_auth_password(self, username: str, password: str) -> int:
        self.server.logins += 1
        is_known = (username, password) == (USER, PASSWORD)
        return int(paramiko.AUTH_SUCCESSFUL if is_known else paramiko.AUTH_FAILED)

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return int(paramiko.OPEN_SUCCEEDED)


class Upload(paramiko.SFTPHandle):  # type: ignore[misc]
    def __init__(self, server: Server, path: Path, flags: int) -> None:
        super().__init__(flags)
        self.server, self.path = server, path
        self.descriptor = os.open(path, flags, 0o600)

    def write(self, offset: int, data: bytes) -> int:
        if self.server.hang_ups:
            self.server.hang_ups -= 1
            os.pwrite(self.descriptor, data[: len(data) // 2], offset)
            for transport in self.server.transports:
                transport.close()
            return int(paramiko.SFTP_FAILURE)
        os.pwrite(self.descriptor, data, offset)
        return int(paramiko.SFTP_OK)

    def stat(self) -> paramiko.SFTPAttributes:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.descriptor))

    def close(self) -> None:
        os.close(self.descriptor)


class Folder(paramiko.SFTPServerInterface):  # type: ignore[misc]
    def __init__(self, login: Login, *more: Any, **options: Any) -> None:
        super().__init__(login, *more, **options)
        self.server = login.server

    def stat(self, path: str) -> Any:
        return self._tried(lambda found: paramiko.SFTPAttributes.from_stat(found.stat()), path)

    lstat = stat

    def list_folder(self, path: str) -> Any:
        return self._tried(lambda found: [self._named(each) for each in found.iterdir()], path)

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> Any:
        return self._tried(lambda found: Upload(self.server, found, flags), path)

    def mkdir(self, path: str, attr: paramiko.SFTPAttributes) -> Any:
        return self._tried(Path.mkdir, path) or paramiko.SFTP_OK

    def remove(self, path: str) -> Any:
        return self._tried(Path.unlink, path) or paramiko.SFTP_OK

    def posix_rename(self, oldpath: str, newpath: str) -> Any:
        new = self.server.root / newpath.lstrip("/")
        self._tried(lambda old: old.replace(new), oldpath)
        return paramiko.SFTP_OK

    def _tried(self, work: Any, path: str) -> Any:
        try:
            return work(self.server.root / path.lstrip("/"))
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    @staticmethod
    def _named(path: Path) -> paramiko.SFTPAttributes:
        return paramiko.SFTPAttributes.from_stat(path.stat(), filename=path.name)


@contextmanager
def sftp_server(root: Path) -> Iterator[Server]:
    """Serve `root` until the block ends."""
    server, key = Server(root), paramiko.ECDSAKey.generate()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server.port = listening.getsockname()[1]

        def serve() -> None:
            # ends when the socket closes
            with suppress(OSError):
                while True:
                    transport = paramiko.Transport(listening.accept()[0])
                    transport.add_server_key(key)
                    transport.set_subsystem_handler("sftp", paramiko.SFTPServer, Folder)
                    server.transports.append(transport)
                    with suppress(paramiko.SSHException, EOFError):
                        transport.start_server(server=Login(server))

        thread = Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(5)
            for transport in server.transports:
                transport.close()
