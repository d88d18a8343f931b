/* files FOLDER: what becomes of the files when the disk is full, a place cannot be written, or somebody was there before. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static char path[4096], partial[4096];

static void name(const char *folder, const char *file) {
    snprintf(path, sizeof path, "%s/%s", folder, file);
    snprintf(partial, sizeof partial, "%s.partial", path);
}

static void put(const char *file, const char *text) {
    FILE *out = fopen(file, "wb");
    fputs(text, out);
    fclose(out);
}

static void expect_content(const char *file, const char *text) {
    char found[64] = "";
    FILE *in = fopen(file, "rb");
    if (in == NULL || fgets(found, sizeof found, in) == NULL) found[0] = 0;
    if (in != NULL) fclose(in);
    EXPECT(0, strcmp(found, text));
}

static int open_it(lr_recorder **recorder, char *error) {
    lr_options options = LR_OPTIONS_INIT;
    options.frames_per_flush = 1;
    options.poll_microseconds = 100;
    options.error_text = error;
    options.error_text_bytes = 512;
    return lr_open(path, &options, recorder);
}

static int record(lr_recorder *recorder) {
    uint64_t requests[64] = {0};
    lr_camera camera = some_camera();
    int code = lr_completed(recorder, requests, NULL, requests, 64);
    return code == LR_OK ? lr_frame(recorder, &camera) : code;
}

static void full_disk(const char *folder) {
    name(folder, "full.mcap");
    put(path, "what was there before");
    lr_recorder *recorder;
    char text[512];
    EXPECT(LR_OK, open_it(&recorder, text));
    lr_configuration configuration = some_configuration();
    EXPECT(LR_OK, lr_session_start(recorder, &configuration));
    struct rlimit limit = {100000, RLIM_INFINITY}, before;
    getrlimit(RLIMIT_FSIZE, &before);
    limit.rlim_max = before.rlim_max;
    EXPECT(0, setrlimit(RLIMIT_FSIZE, &limit));
    int code = LR_OK;
    for (int i = 0; i < 20000 && code != LR_IO; i++) {
        code = record(recorder);
        if (code == LR_FULL || i % 16 == 0) nanosleep(&(struct timespec){0, 200000}, NULL);
    }
    EXPECT(LR_IO, code);
    EXPECT(LR_IO, record(recorder));
    EXPECT(LR_IO, lr_session_end(recorder));
    EXPECT(LR_OK, lr_last_error(recorder, text, sizeof text));
    EXPECT(1, strstr(text, partial) != NULL && strstr(text, "write failed with error 27") != NULL);
    lr_statistics statistics = statistics_of(recorder);
    EXPECT(1, statistics.frames_flushed > 10 && statistics.bytes_written <= 100000);
    EXPECT(LR_IO, lr_close(recorder));
    memset(text, 0, sizeof text);
    EXPECT(LR_OK, lr_last_error(recorder, text, sizeof text));
    EXPECT(1, strstr(text, "write failed") != NULL);
    setrlimit(RLIMIT_FSIZE, &before);
    struct stat status;
    EXPECT(0, stat(partial, &status));
    EXPECT(1, status.st_size >= (long)statistics.bytes_written);
    expect_content(path, "what was there before");
    printf("flushed %llu\n", (unsigned long long)statistics.frames_flushed);
}

static void full_at_the_end(const char *folder) {
    name(folder, "end.mcap");
    lr_recorder *recorder;
    char text[512];
    EXPECT(LR_OK, open_it(&recorder, text));
    lr_configuration configuration = some_configuration();
    EXPECT(LR_OK, lr_session_start(recorder, &configuration));
    EXPECT(LR_OK, record(recorder));
    while (statistics_of(recorder).frames_flushed < 1) nanosleep(&(struct timespec){0, 100000}, NULL);
    struct rlimit before, limit;
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    limit.rlim_cur = statistics_of(recorder).bytes_written + 100;
    setrlimit(RLIMIT_FSIZE, &limit);
    EXPECT(LR_IO, lr_close(recorder));
    setrlimit(RLIMIT_FSIZE, &before);
    EXPECT(0, exists(path));
    EXPECT(1, exists(partial));
}

static void somebody_was_there(const char *folder) {
    lr_recorder *recorder;
    char text[512];
    name(folder, "there.mcap");
    put(partial, "of another");
    EXPECT(LR_UNFINISHED, open_it(&recorder, text));
    EXPECT(1, strstr(text, partial) != NULL);
    expect_content(partial, "of another");
    EXPECT(0, exists(path));

    name(folder, "again.mcap");
    put(path, "older");
    EXPECT(LR_OK, open_it(&recorder, text));
    EXPECT(LR_NO_FRAMES, lr_close(recorder));
    expect_content(path, "older");
    EXPECT(0, exists(partial));
    EXPECT(LR_OK, open_it(&recorder, text));
    lr_configuration configuration = some_configuration();
    EXPECT(LR_OK, lr_session_start(recorder, &configuration));
    EXPECT(LR_OK, record(recorder));
    expect_content(path, "older");
    EXPECT(LR_OK, lr_close(recorder));
    EXPECT(0, exists(partial));
    EXPECT(LR_OK, lr_last_error(recorder, text, sizeof text));
    EXPECT(0, text[0]);
}

static void no_place(const char *folder) {
    lr_recorder *recorder;
    char text[512];
    name(folder, "nowhere/x.mcap");
    EXPECT(LR_IO, open_it(&recorder, text));
    EXPECT(1, strstr(text, "create failed with error 2") != NULL);
    name(folder, "folder");
    EXPECT(0, mkdir(path, 0755));
    EXPECT(LR_IO, open_it(&recorder, text));
    EXPECT(0, exists(partial));
    name(folder, "pipe");
    EXPECT(0, mkfifo(path, 0644));
    EXPECT(LR_IO, open_it(&recorder, text));
    EXPECT(0, exists(partial));
    /* A place that becomes a folder while the recording runs. */
    name(folder, "later");
    EXPECT(LR_OK, open_it(&recorder, text));
    lr_configuration configuration = some_configuration();
    EXPECT(LR_OK, lr_session_start(recorder, &configuration));
    EXPECT(LR_OK, record(recorder));
    EXPECT(0, mkdir(path, 0755));
    EXPECT(LR_IO, lr_close(recorder));
    EXPECT(1, exists(partial));
}

int main(int count, char **arguments) {
    if (count != 2) return 64;
    signal(SIGXFSZ, SIG_IGN);
    full_disk(arguments[1]);
    full_at_the_end(arguments[1]);
    somebody_was_there(arguments[1]);
    no_place(arguments[1]);
    return 0;
}
