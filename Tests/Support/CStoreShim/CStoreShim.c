#include "CStoreShim.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DISKS 64

struct shim_disk {
  char *prefix;
  int logs;
  shim_event *events;
  int count, capacity;
  int delay, delayed, waiting;
  int64_t room, written;
  int syncs_left, syncs;
};

typedef struct {
  sqlite3_file base;
  shim_disk *disk; /* NULL: as ever */
  uint64_t inode;
  char *path;
  sqlite3_file *real;
} shim_file;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static shim_disk *disks[DISKS];
static sqlite3_vfs *real_vfs;
static sqlite3_vfs shim_vfs;
static int (*real_open_directory)(const char *, int *);

#define SHIM(file) ((shim_file *)(file))
#define REAL(file) (SHIM(file)->real)
#define CALL(file, method, ...) REAL(file)->pMethods->method(REAL(file), ##__VA_ARGS__)

static shim_disk *disk_of(const char *path) {
  shim_disk *found = NULL;
  pthread_mutex_lock(&lock);
  for (int i = 0; path && i < DISKS; i++) {
    if (disks[i] && strncmp(path, disks[i]->prefix, strlen(disks[i]->prefix)) == 0) found = disks[i];
  }
  pthread_mutex_unlock(&lock);
  return found;
}

static void remember(shim_disk *disk, int kind, uint64_t inode, const char *path, const void *data,
                     int64_t size, int64_t offset) {
  if (!disk) return;
  pthread_mutex_lock(&lock);
  if (disk->logs) {
    if (disk->count == disk->capacity) {
      disk->capacity = disk->capacity ? 2 * disk->capacity : 1024;
      disk->events = realloc(disk->events, disk->capacity * sizeof *disk->events);
      if (!disk->events) abort();
    }
    uint8_t *copy = NULL;
    if (data) {
      copy = malloc(size ? size : 1);
      if (!copy) abort();
      memcpy(copy, data, size);
    }
    disk->events[disk->count++] = (shim_event){kind, inode, offset, size, copy, path ? strdup(path) : NULL};
  }
  pthread_mutex_unlock(&lock);
}

/* Files */

static int shim_close(sqlite3_file *file) {
  int rc = CALL(file, xClose);
  free(SHIM(file)->path);
  free(SHIM(file)->real);
  file->pMethods = NULL;
  return rc;
}

static int shim_read(sqlite3_file *file, void *data, int size, sqlite3_int64 offset) {
  return CALL(file, xRead, data, size, offset);
}

static int shim_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset) {
  shim_disk *disk = SHIM(file)->disk;
  int fits = size;
  if (disk) {
    pthread_mutex_lock(&lock);
    if (disk->room >= 0) {
      if (fits > disk->room) fits = (int)disk->room;
      disk->room -= fits;
    }
    disk->written += fits;
    pthread_mutex_unlock(&lock);
  }
  int rc = fits > 0 || size == 0 ? CALL(file, xWrite, data, fits, offset) : SQLITE_OK;
  if (rc == SQLITE_OK && fits > 0) remember(disk, SHIM_WRITE, SHIM(file)->inode, NULL, data, fits, offset);
  return rc == SQLITE_OK && fits < size ? SQLITE_FULL : rc;
}

static int shim_truncate(sqlite3_file *file, sqlite3_int64 size) {
  int rc = CALL(file, xTruncate, size);
  if (rc == SQLITE_OK) remember(SHIM(file)->disk, SHIM_TRUNCATE, SHIM(file)->inode, NULL, NULL, size, 0);
  return rc;
}

static int shim_sync(sqlite3_file *file, int flags) {
  shim_disk *disk = SHIM(file)->disk;
  int pause = 0, fails = 0;
  if (disk) {
    pthread_mutex_lock(&lock);
    if (disk->delayed > 0) {
      disk->delayed--;
      disk->waiting++;
      pause = disk->delay;
    }
    fails = disk->syncs_left == 0;
    if (disk->syncs_left > 0) disk->syncs_left--;
    if (!fails) disk->syncs++;
    pthread_mutex_unlock(&lock);
  }
  if (pause) {
    usleep((useconds_t)pause * 1000);
    pthread_mutex_lock(&lock);
    disk->waiting--;
    pthread_mutex_unlock(&lock);
  }
  if (fails) return SQLITE_IOERR_FSYNC;
  int rc = CALL(file, xSync, flags);
  if (rc == SQLITE_OK) remember(disk, SHIM_SYNC, SHIM(file)->inode, NULL, NULL, 0, 0);
  return rc;
}

static int shim_file_size(sqlite3_file *file, sqlite3_int64 *size) { return CALL(file, xFileSize, size); }
static int shim_lock(sqlite3_file *file, int level) { return CALL(file, xLock, level); }
static int shim_unlock(sqlite3_file *file, int level) { return CALL(file, xUnlock, level); }
static int shim_check(sqlite3_file *file, int *out) { return CALL(file, xCheckReservedLock, out); }
static int shim_control(sqlite3_file *file, int op, void *argument) {
  return CALL(file, xFileControl, op, argument);
}
static int shim_sector_size(sqlite3_file *file) { return CALL(file, xSectorSize); }
static int shim_characteristics(sqlite3_file *file) { return CALL(file, xDeviceCharacteristics); }
static int shim_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out) {
  return CALL(file, xShmMap, page, size, extend, out);
}
static int shim_shm_lock(sqlite3_file *file, int offset, int n, int flags) {
  return CALL(file, xShmLock, offset, n, flags);
}
static void shim_shm_barrier(sqlite3_file *file) { CALL(file, xShmBarrier); }
static int shim_shm_unmap(sqlite3_file *file, int deletes) { return CALL(file, xShmUnmap, deletes); }

/* Version 2: no file is mapped into memory, as none is without a `PRAGMA mmap_size`. */
static const sqlite3_io_methods methods = {
    2,           shim_close,     shim_read,        shim_write,   shim_truncate,
    shim_sync,   shim_file_size, shim_lock,        shim_unlock,  shim_check,
    shim_control, shim_sector_size, shim_characteristics, shim_shm_map, shim_shm_lock,
    shim_shm_barrier, shim_shm_unmap, NULL, NULL};

/* Folders */

static int shim_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out_flags) {
  (void)vfs;
  shim_file *own = SHIM(file);
  memset(own, 0, sizeof *own);
  own->real = calloc(1, real_vfs->szOsFile);
  if (!own->real) return SQLITE_NOMEM;
  int rc = real_vfs->xOpen(real_vfs, path, own->real, flags, out_flags);
  if (rc != SQLITE_OK) {
    if (own->real->pMethods) own->real->pMethods->xClose(own->real);
    free(own->real);
    return rc;
  }
  own->base.pMethods = &methods;
  own->disk = disk_of(path);
  if (own->disk) {
    struct stat facts;
    if (stat(path, &facts) == 0) own->inode = facts.st_ino;
    remember(own->disk, SHIM_OPEN, own->inode, path, NULL, 0, 0);
  }
  return SQLITE_OK;
}

static int shim_delete(sqlite3_vfs *vfs, const char *path, int syncs_folder) {
  (void)vfs;
  struct stat facts;
  int is_there = stat(path, &facts) == 0;
  /* Before: the folder may be synced within. */
  if (is_there) remember(disk_of(path), SHIM_DELETE, facts.st_ino, path, NULL, 0, 0);
  return real_vfs->xDelete(real_vfs, path, syncs_folder);
}

static int shim_open_directory(const char *path, int *out) {
  remember(disk_of(path), SHIM_SYNC_FOLDER, 0, path, NULL, 0, 0);
  return real_open_directory(path, out);
}

/* Control */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int installed = SQLITE_ERROR;

static void install(void) {
  if (sqlite3_initialize() != SQLITE_OK) return;
  real_vfs = sqlite3_vfs_find(NULL);
  if (!real_vfs || real_vfs->iVersion < 3) return;
  /* SQLite syncs a folder only after it has opened it through this call. */
  real_open_directory =
      (int (*)(const char *, int *))real_vfs->xGetSystemCall(real_vfs, "openDirectory");
  if (!real_open_directory) return;
  if (real_vfs->xSetSystemCall(real_vfs, "openDirectory", (sqlite3_syscall_ptr)shim_open_directory) !=
      SQLITE_OK) {
    return;
  }
  shim_vfs = *real_vfs;
  shim_vfs.pNext = NULL;
  shim_vfs.zName = "store-shim";
  shim_vfs.szOsFile = sizeof(shim_file);
  shim_vfs.xOpen = shim_open;
  shim_vfs.xDelete = shim_delete;
  installed = sqlite3_vfs_register(&shim_vfs, 1);
}

int shim_install(void) {
  pthread_once(&once, install);
  return installed;
}

shim_disk *shim_add(const char *prefix) {
  shim_disk *disk = calloc(1, sizeof *disk);
  if (!disk) return NULL;
  disk->prefix = strdup(prefix);
  disk->room = -1;
  disk->syncs_left = -1;
  pthread_mutex_lock(&lock);
  int place = 0;
  while (place < DISKS && disks[place]) place++;
  if (place < DISKS) disks[place] = disk;
  pthread_mutex_unlock(&lock);
  if (place == DISKS) {
    free(disk->prefix);
    free(disk);
    return NULL;
  }
  return disk;
}

void shim_remove(shim_disk *disk) {
  pthread_mutex_lock(&lock);
  for (int i = 0; i < DISKS; i++) {
    if (disks[i] == disk) disks[i] = NULL;
  }
  pthread_mutex_unlock(&lock);
  for (int i = 0; i < disk->count; i++) {
    free((void *)disk->events[i].data);
    free((void *)disk->events[i].path);
  }
  free(disk->events);
  free(disk->prefix);
  free(disk);
}

#define LOCKED(statement)      \
  pthread_mutex_lock(&lock);   \
  statement;                   \
  pthread_mutex_unlock(&lock)

void shim_log(shim_disk *disk, int on) { LOCKED(disk->logs = on); }

int shim_event_count(shim_disk *disk) {
  LOCKED(int count = disk->count);
  return count;
}

shim_event shim_event_at(shim_disk *disk, int index) {
  LOCKED(shim_event event = disk->events[index]);
  return event;
}

void shim_delay_syncs(shim_disk *disk, int milliseconds, int count) {
  LOCKED(disk->delay = milliseconds; disk->delayed = count);
}

void shim_full_after(shim_disk *disk, int64_t bytes) { LOCKED(disk->room = bytes); }

void shim_fail_syncs_after(shim_disk *disk, int count) { LOCKED(disk->syncs_left = count); }

int64_t shim_bytes_written(shim_disk *disk) {
  LOCKED(int64_t written = disk->written);
  return written;
}

int shim_syncs_done(shim_disk *disk) {
  LOCKED(int syncs = disk->syncs);
  return syncs;
}

int shim_syncs_under_way(shim_disk *disk) {
  LOCKED(int waiting = disk->waiting);
  return waiting;
}
