#ifndef C_STORE_SHIM_H
#define C_STORE_SHIM_H

#include <stdint.h>

/* A disk for tests: SQLite's file layer (VFS) on top of the default one, which remembers what is done to the files below a folder, and can
   be slow or broken. Files elsewhere are as ever. What a folder's disk does can be changed at any time, by any thread. */

typedef struct shim_disk shim_disk;

enum shim_kind {
  SHIM_OPEN = 1,   /* `path` now names `inode` */
  SHIM_WRITE = 2,  /* `data`, `size` bytes, at `offset` */
  SHIM_TRUNCATE,   /* to `size` bytes */
  SHIM_SYNC,       /* of the file's bytes */
  SHIM_DELETE,     /* `path` names nothing any more */
  SHIM_SYNC_FOLDER /* the folder of `path` is about to be synced */
};

typedef struct {
  int kind;
  uint64_t inode;
  int64_t offset;
  int64_t size;
  const uint8_t *data;
  const char *path;
} shim_event;

/* Makes it the default of all databases that are opened from now on. Once or more often; 0 where it went well. */
int shim_install(void);

/* The disk of the files whose paths begin so. At most 64 at a time; NULL where there are more. */
shim_disk *shim_add(const char *prefix);
/* After all its files were closed. */
void shim_remove(shim_disk *disk);

/* Whether it remembers. */
void shim_log(shim_disk *disk, int on);
int shim_event_count(shim_disk *disk);
/* Valid until the disk is removed. */
shim_event shim_event_at(shim_disk *disk, int index);

/* Each of the next `count` syncs takes so much longer. */
void shim_delay_syncs(shim_disk *disk, int milliseconds, int count);
/* Writes fail with SQLITE_FULL after so many bytes; the one that reaches the limit is done in part. Below 0 there is no limit. */
void shim_full_after(shim_disk *disk, int64_t bytes);
/* Syncs fail with SQLITE_IOERR_FSYNC after so many; below 0 none does. */
void shim_fail_syncs_after(shim_disk *disk, int count);
int64_t shim_bytes_written(shim_disk *disk);
int shim_syncs_done(shim_disk *disk);
/* How many syncs are waiting for a delay to pass. */
int shim_syncs_under_way(shim_disk *disk);

#endif
