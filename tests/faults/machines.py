"""The machine set otherwise: another clock, language or number of processors, fewer rights, less room."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import pytest

ZONES = ("Asia/Kathmandu", "America/New_York")
DAYS_OFF = (-3, 3)
# the second has no sign for a stage that ended well
CHARMAPS = ("UTF-8", "ISO-8859-9")
# root may write anywhere, unless it gives that up
WITHOUT_RIGHTS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
OFFLINE = ("unshare", "--net") if os.geteuid() == 0 else ("unshare", "--map-root-user", "--net")
MOUNTS = ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "--map-root-user", "--mount")
CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static time_t off(void) { return atol(getenv("CLOCK_OFF_SECONDS")); }

int clock_gettime(clockid_t clock, struct timespec *now) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, now);
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) now->tv_sec += off();
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    int (*real)(struct timeval *, void *) = dlsym(RTLD_NEXT, "gettimeofday");
    int result = real(now, zone);
    now->tv_sec += off();
    return result;
}

time_t time(time_t *now) {
    time_t (*real)(time_t *) = dlsym(RTLD_NEXT, "time");
    time_t result = real(NULL) + off();
    if (now) *now = result;
    return result;
}
"""


class Machine(NamedTuple):
    """What a process is started with, and within, to find the machine set otherwise."""

    environment: Mapping[str, str] = {}
    within: tuple[str, ...] = ()


HERE = Machine()


def machines(folder: Path) -> dict[str, Machine]:
    """Every machine that this one can be made to look like; `folder` takes what has to be built for that."""
    made = {f"time zone {zone}": Machine({"TZ": zone}) for zone in ZONES}
    made["language C"] = Machine({"LC_ALL": "C"})
    made["one processor"] = Machine(within=("taskset", "--cpu-list", str(min(os.sched_getaffinity(0)))))
    if _succeeds(*OFFLINE, "true"):
        made["no network"] = Machine(within=OFFLINE)
    for charmap in CHARMAPS:
        turkish = f"tr_TR.{charmap}"
        if _succeeds("localedef", "--inputfile=tr_TR", f"--charmap={charmap}", str(folder / turkish)):
            made[f"language {turkish}"] = Machine({"LOCPATH": str(folder), "LC_ALL": turkish})
    (folder / "clock.c").write_text(CLOCK, "utf-8")
    library = folder / "clock.so"
    if _succeeds("cc", "-shared", "-fPIC", "-o", str(library), str(folder / "clock.c"), "-ldl"):
        for days in DAYS_OFF:
            off = {"LD_PRELOAD": str(library), "CLOCK_OFF_SECONDS": str(days * 86400)}
            made[f"clock {days:+} days"] = Machine(off)
    return made


def _succeeds(program: str, *arguments: str) -> bool:
    if not (found := shutil.which(program)):
        return False
    return subprocess.run([found, *arguments], check=False, capture_output=True).returncode == 0


class Mounts:
    """File systems that only processes started `within` see, and that end with the block."""

    def __enter__(self) -> Self:
        self._holder = subprocess.Popen(
            [*MOUNTS, "sh", "-c", "mount -t tmpfs tmpfs /mnt && umount /mnt && echo can && read wait"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._holder.stdout
        if self._holder.stdout.readline() != "can\n":
            pytest.skip(f"no file system can be mounted here: {self._holder.communicate()[1].strip()}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._holder.communicate("")

    @property
    def within(self) -> tuple[str, ...]:
        """What to start a process with, for it to see them."""
        user = () if os.geteuid() == 0 else ("--user", "--preserve-credentials")
        return ("nsenter", "--target", str(self._holder.pid), "--mount", *user)

    def seen(self, path: Path) -> Path:
        """Where we find what these processes find at `path`."""
        return Path(f"/proc/{self._holder.pid}/root") / path.relative_to("/")

    def nearly_fill(self, folder: Path, room_bytes: int) -> None:
        """Put a folder on a disk of its own, with that much room beside what is in it."""
        self._mount("-t", "tmpfs", "-o", "size=1g", "tmpfs", str(folder))
        shutil.copytree(folder, self.seen(folder), symlinks=True, dirs_exist_ok=True)
        disk = os.statvfs(self.seen(folder))
        used = (disk.f_blocks - disk.f_bfree) * disk.f_frsize
        self._mount("-o", f"remount,size={used + room_bytes}", str(folder))

    def enlarge(self, folder: Path) -> None:
        """Give that disk room."""
        self._mount("-o", "remount,size=1g", str(folder))

    def make_read_only(self, folder: Path) -> None:
        """Let nobody write in a folder, whatever rights they have."""
        self._mount("--bind", str(folder), str(folder))
        self._mount("-o", "remount,bind,ro", str(folder))

    def _mount(self, *arguments: str) -> None:
        subprocess.run([*self.within, "mount", *arguments], check=True)
