/* The machine under a server, as far as a test must be able to break it: a disk that remembers what was not flushed, and a
 * clock that can be set. Loaded into the server by LD_PRELOAD; see power.rs and clock.rs, which read and write its files.
 *
 *     MACHINE_DISK    the folders whose files are watched, separated by colons, none ending in a slash
 *     MACHINE_LOG     the folder for what was not flushed, outside of these
 *     MACHINE_LIES    if set, a flush does nothing and says that it was done
 *     MACHINE_CLOCK   a file of eight bytes: by how many nanoseconds the clock is ahead
 *
 * For each file there is a log of its own in MACHINE_LOG, named by its path with a % for each slash. It begins with the
 * place up to which its records are flushed; a record is the struct below, then the bytes that stood there, then those
 * that were written. A record is written before what it is of is done, and a flush counts only when it has returned: a
 * process that is killed in between has heard of neither. What a folder was told (files made, files removed) is in the
 * log of the folder.
 *
 * Not watched: what is written through a mapping (SQLite's -shm, which is no data), and renaming, which no server does
 * while it serves. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define MOST_FILES 64

struct record {
    uint32_t kind; /* 'W' written, 'T' cut or lengthened to `at`, 'C' file made, 'U' file removed */
    uint32_t path; /* 'C' and 'U': length of the file's path, which then stands for the bytes written */
    uint64_t at;
    uint64_t before; /* how many bytes stood there */
    uint64_t after;  /* how many were written */
    uint64_t length; /* of the file, before */
};

struct file {
    dev_t device;
    ino_t inode;
    int log;
    uint64_t end;      /* of the log */
    uint64_t emptied;  /* how often it was */
};

static struct file files[MOST_FILES];
static int known;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static const char *disk, *logs;
static int lies;
static volatile int64_t *ahead;

static int (*next_open)(const char *, int, ...);
static int (*next_openat)(int, const char *, int, ...);
static ssize_t (*next_write)(int, const void *, size_t);
static ssize_t (*next_pwrite)(int, const void *, size_t, off_t);
static int (*next_ftruncate)(int, off_t);
static int (*next_unlink)(const char *);
static int (*next_fsync)(int);
static int (*next_fdatasync)(int);
static int (*next_clock)(clockid_t, struct timespec *);

static void fail(const char *what) {
    fprintf(stderr, "machine: %s: %s\n", what, strerror(errno));
    abort();
}

static void begin(void) {
    next_open = dlsym(RTLD_NEXT, "open64");
    next_openat = dlsym(RTLD_NEXT, "openat64");
    next_write = dlsym(RTLD_NEXT, "write");
    next_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    next_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    next_unlink = dlsym(RTLD_NEXT, "unlink");
    next_fsync = dlsym(RTLD_NEXT, "fsync");
    next_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    next_clock = dlsym(RTLD_NEXT, "clock_gettime");
    disk = getenv("MACHINE_DISK");
    logs = getenv("MACHINE_LOG");
    lies = getenv("MACHINE_LIES") != NULL;
    const char *clock = getenv("MACHINE_CLOCK");
    if (clock) {
        int file = next_open(clock, O_RDONLY | O_CLOEXEC);
        void *mapped = file < 0 ? MAP_FAILED : mmap(NULL, 8, PROT_READ, MAP_SHARED, file, 0);
        if (mapped == MAP_FAILED)
            fail("the clock");
        ahead = mapped;
    }
}

static int ends_in(const char *path, const char *end) {
    size_t all = strlen(path), part = strlen(end);
    return all >= part && strcmp(path + all - part, end) == 0;
}

/* Whether a file, or a folder itself, is on the disk. Locks and shared memory hold nothing that is kept. */
static int on_disk(const char *path) {
    if (!disk || !logs || path[0] != '/' || ends_in(path, "-shm") || ends_in(path, "/lock"))
        return 0;
    for (const char *folder = disk; *folder;) {
        size_t length = strcspn(folder, ":");
        if (strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == 0))
            return 1;
        folder += length + (folder[length] == ':');
    }
    return 0;
}

static int log_of(const char *path) {
    char name[4096];
    int length = snprintf(name, sizeof name, "%s/", logs);
    for (const char *from = path; *from && length < (int)sizeof name - 1; from++)
        name[length++] = *from == '/' ? '%' : *from;
    name[length] = 0;
    int log = next_open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (log < 0)
        fail(name);
    return log;
}

/* The file with this descriptor, if it is watched. */
static struct file *watched(int descriptor) {
    struct stat stat;
    if (known == 0 || fstat(descriptor, &stat) != 0)
        return NULL;
    for (int each = 0; each < known; each++)
        if (files[each].inode == stat.st_ino && files[each].device == stat.st_dev)
            return &files[each];
    return NULL;
}

static void watch(const char *path, int descriptor) {
    struct stat stat;
    if (watched(descriptor) || fstat(descriptor, &stat) != 0)
        return;
    if (known == MOST_FILES)
        fail("too many files");
    struct file *file = &files[known];
    *file = (struct file){stat.st_dev, stat.st_ino, log_of(path), 0, 0};
    file->end = lseek(file->log, 0, SEEK_END);
    if (file->end < 8) {
        uint64_t flushed = file->end = 8;
        if (next_pwrite(file->log, &flushed, 8, 0) != 8)
            fail("a log");
    }
    known++;
}

static void note(struct file *file, struct record record, const void *before, const void *after) {
    struct iovec parts[] = {
        {&record, sizeof record}, {(void *)before, record.before}, {(void *)after, record.after}};
    ssize_t length = sizeof record + record.before + record.after;
    if (pwritev(file->log, parts, 3, file->end) != length)
        fail("a log");
    file->end += length;
}

/* Notes what is to be written at a place, or that the file is to have this length. */
static void change(struct file *file, int descriptor, char kind, uint64_t at, const void *bytes, size_t count) {
    struct stat stat;
    if (fstat(descriptor, &stat) != 0)
        fail("fstat");
    uint64_t length = stat.st_size, last = kind == 'W' ? at + count : length;
    last = last < length ? last : length;
    size_t before = at < last ? last - at : 0;
    char *old = before ? malloc(before) : NULL;
    if (before && pread(descriptor, old, before, at) != (ssize_t)before) {
        /* Opened for writing alone. */
        char path[32];
        snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
        int again = next_open(path, O_RDONLY | O_CLOEXEC);
        if (again < 0 || pread(again, old, before, at) != (ssize_t)before)
            fail("what stood there");
        close(again);
    }
    note(file, (struct record){kind, 0, at, before, count, length}, old, bytes);
    free(old);
}

/* Takes back the last note: the disk was full. */
static void refused(struct file *file, uint64_t end) {
    file->end = end;
    if (next_ftruncate(file->log, end) != 0)
        fail("a log");
}

/* Notes in the log of a file's folder that it was made or is to be removed. */
static void tell_folder(const char *path, char kind, const void *content, size_t length) {
    char folder[4096];
    snprintf(folder, sizeof folder, "%s", path);
    *strrchr(folder, '/') = 0;
    int descriptor = next_open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        fail(folder);
    watch(folder, descriptor);
    uint32_t name = strlen(path);
    note(watched(descriptor), (struct record){kind, name, 0, length, name, 0}, content, path);
    close(descriptor);
}

static int opened(int from, const char *path, int flags, mode_t mode) {
    pthread_once(&once, begin);
    if (!on_disk(path))
        return next_openat(from, path, flags, mode);
    pthread_mutex_lock(&lock);
    int made = (flags & O_CREAT) && access(path, F_OK) != 0;
    if (!made && (flags & O_TRUNC)) {
        int emptied = next_open(path, O_RDONLY | O_CLOEXEC);
        if (emptied >= 0) {
            watch(path, emptied);
            change(watched(emptied), emptied, 'T', 0, NULL, 0);
            close(emptied);
        }
    }
    int descriptor = next_openat(from, path, flags, mode);
    int error = errno;
    if (descriptor >= 0) {
        watch(path, descriptor);
        if (made)
            tell_folder(path, 'C', NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    errno = error;
    return descriptor;
}

static mode_t mode_of(int flags, va_list rest) {
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
}

#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...) {                                                                       \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode_t mode = mode_of(flags, rest);                                                                            \
        va_end(rest);                                                                                                  \
        return opened(AT_FDCWD, path, flags, mode);                                                                    \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                                                   \
    int name(int from, const char *path, int flags, ...) {                                                             \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode_t mode = mode_of(flags, rest);                                                                            \
        va_end(rest);                                                                                                  \
        return opened(from, path, flags, mode);                                                                        \
    }
OPENAT(openat)
OPENAT(openat64)

static ssize_t written_at(int descriptor, const void *bytes, size_t count, off_t at) {
    pthread_once(&once, begin);
    pthread_mutex_lock(&lock);
    struct file *file = watched(descriptor);
    uint64_t end = file ? file->end : 0;
    if (file)
        change(file, descriptor, 'W', at, bytes, count);
    ssize_t done = next_pwrite(descriptor, bytes, count, at);
    int error = errno;
    if (file && done < 0)
        refused(file, end);
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t at) {
    return written_at(descriptor, bytes, count, at);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off_t at) {
    return written_at(descriptor, bytes, count, at);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    pthread_once(&once, begin);
    if (known == 0)
        return next_write(descriptor, bytes, count);
    pthread_mutex_lock(&lock);
    struct file *file = watched(descriptor);
    uint64_t end = file ? file->end : 0;
    if (file) {
        int appends = fcntl(descriptor, F_GETFL) & O_APPEND;
        change(file, descriptor, 'W', lseek(descriptor, 0, appends ? SEEK_END : SEEK_CUR), bytes, count);
    } else {
        /* A socket may take its time. */
        pthread_mutex_unlock(&lock);
        return next_write(descriptor, bytes, count);
    }
    ssize_t done = next_write(descriptor, bytes, count);
    int error = errno;
    if (done < 0)
        refused(file, end);
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}

static int cut(int descriptor, off_t length) {
    pthread_once(&once, begin);
    pthread_mutex_lock(&lock);
    struct file *file = watched(descriptor);
    if (file)
        change(file, descriptor, 'T', length, NULL, 0);
    int done = next_ftruncate(descriptor, length);
    int error = errno;
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}

int ftruncate(int descriptor, off_t length) { return cut(descriptor, length); }
int ftruncate64(int descriptor, off_t length) { return cut(descriptor, length); }

int unlink(const char *path) {
    pthread_once(&once, begin);
    if (!on_disk(path))
        return next_unlink(path);
    pthread_mutex_lock(&lock);
    int descriptor = next_open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor >= 0) {
        /* What was written to it is forgotten with it: it comes back, if at all, as it was last. */
        struct stat stat;
        if (fstat(descriptor, &stat) != 0)
            fail(path);
        char *content = malloc(stat.st_size + 1);
        if (pread(descriptor, content, stat.st_size, 0) != stat.st_size)
            fail(path);
        tell_folder(path, 'U', content, stat.st_size);
        free(content);
        struct file *file = watched(descriptor);
        int log = file ? file->log : log_of(path);
        uint64_t flushed = 8;
        if (next_ftruncate(log, 8) != 0 || next_pwrite(log, &flushed, 8, 0) != 8)
            fail("a log");
        if (file)
            *file = files[--known];
        close(log);
        close(descriptor);
    }
    int done = next_unlink(path);
    int error = errno;
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}

static int flushed(int descriptor, int (*flush)(int)) {
    pthread_mutex_lock(&lock);
    struct file *file = watched(descriptor);
    if (file && lies) {
        pthread_mutex_unlock(&lock);
        return 0;
    }
    ino_t inode = file ? file->inode : 0;
    uint64_t until = file ? file->end : 0, emptied = file ? file->emptied : 0;
    pthread_mutex_unlock(&lock);
    int done = flush(descriptor);
    if (!inode || done != 0)
        return done;
    pthread_mutex_lock(&lock);
    file = watched(descriptor);
    if (file && file->inode == inode && file->emptied == emptied) {
        /* What was written meanwhile, by others, stays to be flushed. */
        if (file->end == until) {
            until = file->end = 8;
            file->emptied++;
            if (next_pwrite(file->log, &until, 8, 0) != 8 || next_ftruncate(file->log, 8) != 0)
                fail("a log");
        } else if (next_pwrite(file->log, &until, 8, 0) != 8) {
            fail("a log");
        }
    }
    pthread_mutex_unlock(&lock);
    return done;
}

int fsync(int descriptor) {
    pthread_once(&once, begin);
    return flushed(descriptor, next_fsync);
}

int fdatasync(int descriptor) {
    pthread_once(&once, begin);
    return flushed(descriptor, next_fdatasync);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    pthread_once(&once, begin);
    int done = next_clock(clock, now);
    if (done == 0 && ahead && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t all = now->tv_sec * INT64_C(1000000000) + now->tv_nsec + *ahead;
        now->tv_sec = all / INT64_C(1000000000);
        now->tv_nsec = all % INT64_C(1000000000);
    }
    return done;
}
