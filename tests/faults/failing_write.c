/* Lets one write of all processes of a night fail: that of the number WRITE_THAT_FAILS below WRITES_BELOW. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static long *count;

__attribute__((constructor)) static void begin(void) {
    int file = open(getenv("WRITES_COUNTED_IN"), O_RDWR);
    void *shared = mmap(NULL, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (shared == MAP_FAILED) abort();
    count = shared;
    close(file);
}

static int fails(const char *path) {
    const char *below = getenv("WRITES_BELOW");
    if (strncmp(path, below, strlen(below))) return 0;
    if (__sync_add_and_fetch(count, 1) != atol(getenv("WRITE_THAT_FAILS"))) return 0;
    errno = EIO;
    return 1;
}

static int fails_on(int file) {
    char link[32], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return fails(path);
}

ssize_t write(int file, const void *bytes, size_t size) {
    return fails_on(file) ? -1 : REAL(write)(file, bytes, size);
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t at) {
    return fails_on(file) ? -1 : REAL(pwrite)(file, bytes, size, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t at) {
    return fails_on(file) ? -1 : REAL(pwrite64)(file, bytes, size, at);
}

int fsync(int file) { return fails_on(file) ? -1 : REAL(fsync)(file); }

int fdatasync(int file) { return fails_on(file) ? -1 : REAL(fdatasync)(file); }

int ftruncate(int file, off_t size) { return fails_on(file) ? -1 : REAL(ftruncate)(file, size); }

int rename(const char *old, const char *new) { return fails(new) ? -1 : REAL(rename)(old, new); }
